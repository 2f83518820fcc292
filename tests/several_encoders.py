"""What stands in for the encoder of many languages where a test is about which one is chosen, not about its vectors."""

from __future__ import annotations

from collections.abc import Sequence

from align.encoders.base import Vectors
from align.encoders.use.encoder import UseEncoder, UseOverlaps

ENGLISH = (
    "The library opens at nine in the morning and stays open until late in the evening.\n"
    "Children under ten years must be accompanied by an adult when they visit the reading room.\n"
    "Books may be kept for three weeks, and a late book costs five pounds a day.\n"
    "On Sunday the building is closed, but the garden behind it is open to everybody."
)
CHINESE = (
    "图书馆早上九点开门，一直开到深夜。\n"
    "十岁以下的儿童参观阅览室时必须由成人陪同。\n"
    "书可以借三个星期，逾期的书每天罚款五英镑。\n"
    "星期天大楼关闭，但后面的花园对所有人开放。"
)
ICELANDIC = (
    "Bókasafnið opnar klukkan níu á morgnana og er opið langt fram á kvöld.\n"
    "Börn undir tíu ára aldri verða að vera í fylgd með fullorðnum þegar þau heimsækja lestrarsalinn.\n"
    "Bækur má hafa í þrjár vikur og bók sem er skilað of seint kostar fimm pund á dag.\n"
    "Á sunnudögum er húsið lokað en garðurinn fyrir aftan það er opinn öllum."
)
INDONESIAN = (
    "Perpustakaan buka pukul sembilan pagi dan tetap buka sampai larut malam.\n"
    "Anak-anak di bawah sepuluh tahun harus didampingi orang dewasa ketika mengunjungi ruang baca.\n"
    "Buku boleh dipinjam selama tiga minggu, dan buku yang terlambat dikenai denda lima pound sehari.\n"
    "Pada hari Minggu gedung ditutup, tetapi taman di belakangnya terbuka untuk semua orang."
)


class Broad(UseEncoder):
    """Knows many languages by name; counts what it is asked."""

    name = "e5"
    signature = "broad-1"
    languages = frozenset({"en", "de", "zh", "is", "hi", "sw", "id"})
    served = frozenset()

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def encode(self, texts: Sequence[str]) -> Vectors:
        self.asked += 1
        return super().encode(texts)

    def overlaps(self, documents: Sequence[Sequence[str]], max_size: int) -> list[UseOverlaps]:
        self.asked += 1
        return super().overlaps(documents, max_size)
