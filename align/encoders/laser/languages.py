"""Languages of the LASER encoders (lists of the LASER repository and of its package's ``language_list``)."""

from __future__ import annotations

_LASER2 = """
    af am ar ay az be bg bn br bs ca cs da de dv el en eo es et eu fa fi fr ga gl ha he hi hr hu hy ia id ie io
    is it ja ka kk km ko ku kw la lt lv mg mk ml mr ms my nl no oc pl pt ro ru sd si sk sl so sq sr sv sw ta te
    tg th tl tr tt ug uk ur uz vi zh
"""

LASER2 = frozenset(_LASER2.split())
"""ISO 639-1 codes of the languages LASER2 was trained for (of 93, those that have such a code)."""

_LASER3_CODES = """
    ace_Latn aka_Latn als_Latn amh_Ethi asm_Beng awa_Deva ayr_Latn azb_Arab azj_Latn bak_Cyrl bam_Latn ban_Latn
    bel_Cyrl bem_Latn ben_Beng bho_Deva bjn_Latn bod_Tibt bug_Latn ceb_Latn cjk_Latn ckb_Arab crh_Latn cym_Latn
    dik_Latn diq_Latn dyu_Latn dzo_Tibt ewe_Latn fao_Latn fij_Latn fon_Latn fur_Latn fuv_Latn gaz_Latn gla_Latn
    gle_Latn grn_Latn guj_Gujr hat_Latn hau_Latn hin_Deva hne_Deva hye_Armn ibo_Latn ilo_Latn ind_Latn jav_Latn
    kab_Latn kac_Latn kam_Latn kan_Knda kas_Arab kas_Deva kat_Geor kaz_Cyrl kbp_Latn kea_Latn khk_Cyrl khm_Khmr
    kik_Latn kin_Latn kir_Cyrl kmb_Latn kmr_Latn knc_Arab knc_Latn kon_Latn lao_Laoo lij_Latn lim_Latn lin_Latn
    lmo_Latn ltg_Latn ltz_Latn lua_Latn lug_Latn luo_Latn lus_Latn mag_Deva mai_Deva mal_Mlym mar_Deva min_Latn
    mlt_Latn mni_Beng mos_Latn mri_Latn mya_Mymr npi_Deva nso_Latn nus_Latn nya_Latn ory_Orya pag_Latn pan_Guru
    pap_Latn pbt_Arab pes_Arab plt_Latn prs_Arab quy_Latn run_Latn sag_Latn san_Deva sat_Beng scn_Latn shn_Mymr
    sin_Sinh smo_Latn sna_Latn snd_Arab som_Latn sot_Latn srd_Latn ssw_Latn sun_Latn swh_Latn szl_Latn tam_Taml
    taq_Latn tat_Cyrl tel_Telu tgk_Cyrl tgl_Latn tha_Thai tir_Ethi tpi_Latn tsn_Latn tso_Latn tuk_Latn tum_Latn
    tur_Latn twi_Latn tzm_Tfng uig_Arab umb_Latn urd_Arab uzn_Latn vec_Latn war_Latn wol_Latn xho_Latn ydd_Hebr
    yor_Latn zsm_Latn zul_Latn
"""

LASER3_CODES = frozenset(_LASER3_CODES.split())
"""Languages with a LASER3 encoder: ISO 639-3 and script."""

_LASER3 = """
    ak=aka_Latn am=amh_Ethi as=asm_Beng ay=ayr_Latn az=azj_Latn ba=bak_Cyrl be=bel_Cyrl bm=bam_Latn bn=ben_Beng
    bo=bod_Tibt cy=cym_Latn dz=dzo_Tibt ee=ewe_Latn ff=fuv_Latn fj=fij_Latn fo=fao_Latn ga=gle_Latn gd=gla_Latn
    gn=grn_Latn gu=guj_Gujr ha=hau_Latn hi=hin_Deva ht=hat_Latn id=ind_Latn ig=ibo_Latn jv=jav_Latn ka=kat_Geor
    kg=kon_Latn ki=kik_Latn kk=kaz_Cyrl km=khm_Khmr kn=kan_Knda ks=kas_Arab ku=kmr_Latn ky=kir_Cyrl lb=ltz_Latn
    lg=lug_Latn li=lim_Latn ln=lin_Latn lo=lao_Laoo mg=plt_Latn mi=mri_Latn ml=mal_Mlym mn=khk_Cyrl mr=mar_Deva
    ms=zsm_Latn mt=mlt_Latn my=mya_Mymr ne=npi_Deva ny=nya_Latn om=gaz_Latn or=ory_Orya pa=pan_Guru ps=pbt_Arab
    qu=quy_Latn rn=run_Latn rw=kin_Latn sa=san_Deva sc=srd_Latn sd=snd_Arab sg=sag_Latn si=sin_Sinh sm=smo_Latn
    sn=sna_Latn so=som_Latn sq=als_Latn ss=ssw_Latn st=sot_Latn su=sun_Latn sw=swh_Latn ta=tam_Taml te=tel_Telu
    tg=tgk_Cyrl ti=tir_Ethi tk=tuk_Latn tl=tgl_Latn tn=tsn_Latn ts=tso_Latn tt=tat_Cyrl tw=twi_Latn ug=uig_Arab
    ur=urd_Arab uz=uzn_Latn wo=wol_Latn xh=xho_Latn yi=ydd_Hebr yo=yor_Latn zu=zul_Latn
"""

LASER3 = dict(pair.split("=") for pair in _LASER3.split())
"""From an ISO 639-1 code to the LASER3 encoder."""

_OWN_TOKENIZER = """
    amh_Ethi ayr_Latn azj_Latn bak_Cyrl bel_Cyrl bod_Tibt ckb_Arab crh_Latn dik_Latn dzo_Tibt fur_Latn fuv_Latn
    grn_Latn kab_Latn kac_Latn kaz_Cyrl kir_Cyrl kmr_Latn lij_Latn lim_Latn lmo_Latn ltg_Latn mya_Mymr pbt_Arab
    pes_Arab prs_Arab sat_Beng scn_Latn srd_Latn szl_Latn taq_Latn tgk_Cyrl tir_Ethi tzm_Tfng vec_Latn
"""

OWN_TOKENIZER = frozenset(_OWN_TOKENIZER.split())
"""LASER3 encoders with a tokenizer and vocabulary of their own; the others use LASER2's."""
