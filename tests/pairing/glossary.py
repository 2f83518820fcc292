"""Entries of one glossary in four languages: pages of one template that differ in their subject alone."""

from __future__ import annotations

from align.document import Document

FRAMES = {
    "en": (
        "See also the overview of all terms in this glossary.",
        "If you find a mistake on this page, please tell the documentation team.",
        "This page is part of the reference and is updated with every release.",
    ),
    "de": (
        "Siehe auch die Übersicht aller Begriffe in diesem Glossar.",
        "Wenn Sie auf dieser Seite einen Fehler finden, teilen Sie ihn bitte dem Dokumentationsteam mit.",
        "Diese Seite ist Teil der Referenz und wird mit jeder Version aktualisiert.",
    ),
    "sv": (
        "Se även översikten över alla termer i denna ordlista.",
        "Om du hittar ett fel på den här sidan, tala om det för dokumentationsgruppen.",
        "Den här sidan är en del av referensen och uppdateras med varje version.",
    ),
    "hi": (
        "इस शब्दावली के सभी शब्दों का अवलोकन भी देखें।",
        "यदि आपको इस पृष्ठ पर कोई गलती मिले, तो कृपया दस्तावेज़ टीम को बताएँ।",
        "यह पृष्ठ संदर्भ का भाग है और हर संस्करण के साथ अद्यतन किया जाता है।",
    ),
}
ENTRIES = {
    "en": (
        "Cache\tA cache keeps copies of data that is expensive to compute, so that later requests are answered faster.",
        "Queue\tA queue holds messages in the order in which they arrive until a worker is ready to process them.",
        "Snapshot\tA snapshot records the state of a disk at one moment, and the disk can be restored from it.",
        "Firewall\tA firewall decides which network connections are allowed and which are refused.",
        "Certificate\tA certificate proves the identity of a server and is valid for a limited time.",
    ),
    "de": (
        "Cache\tEin Cache bewahrt Kopien von Daten auf, deren Berechnung teuer ist, damit spätere Anfragen schneller "
        "beantwortet werden.",
        "Warteschlange\tEine Warteschlange hält Nachrichten in der Reihenfolge ihres Eintreffens, bis ein Arbeiter "
        "bereit ist, sie zu verarbeiten.",
        "Momentaufnahme\tEine Momentaufnahme hält den Zustand einer Festplatte zu einem Zeitpunkt fest, und die Platte "
        "kann daraus wiederhergestellt werden.",
        "Firewall\tEine Firewall entscheidet, welche Netzwerkverbindungen erlaubt und welche abgelehnt werden.",
        "Zertifikat\tEin Zertifikat beweist die Identität eines Servers und gilt für begrenzte Zeit.",
    ),
    "sv": (
        "Cache\tEn cache behåller kopior av data som är dyra att beräkna, så att senare förfrågningar besvaras "
        "snabbare.",
        "Kö\tEn kö håller meddelanden i den ordning de kommer in tills en arbetsprocess är redo att behandla dem.",
        "Ögonblicksbild\tEn ögonblicksbild registrerar en disks tillstånd vid en viss tidpunkt, och disken kan "
        "återställas från den.",
        "Brandvägg\tEn brandvägg avgör vilka nätverksanslutningar som tillåts och vilka som nekas.",
        "Certifikat\tEtt certifikat bevisar en servers identitet och är giltigt under en begränsad tid.",
    ),
    "hi": (
        "कैश\tकैश उस डेटा की प्रतियाँ रखता है जिसकी गणना महँगी होती है, ताकि बाद के अनुरोधों का उत्तर जल्दी मिले।",
        "कतार\tकतार संदेशों को उसी क्रम में रखती है जिसमें वे आते हैं, जब तक कोई वर्कर उन्हें संसाधित करने के लिए तैयार न हो।",
        "स्नैपशॉट\tस्नैपशॉट किसी एक क्षण में डिस्क की स्थिति दर्ज करता है, और डिस्क को उससे पुनर्स्थापित किया जा सकता है।",
        "फ़ायरवॉल\tफ़ायरवॉल तय करता है कि कौन से नेटवर्क कनेक्शन स्वीकार किए जाएँ और कौन से अस्वीकार।",
        "प्रमाणपत्र\tप्रमाणपत्र सर्वर की पहचान सिद्ध करता है और सीमित समय तक मान्य रहता है।",
    ),
}


def entry(language: str, number: int) -> Document:
    """An entry as a page of Markdown with front matter; its id tells nothing of the others'."""
    title, text = ENTRIES[language][number].split("\t")
    first, *others = FRAMES[language]
    lines = ["---", f"title: {title}", "---", "", text, "", first, "", *others]
    return Document.from_text(
        f"{(number * 3 + ord(language[0])) % 7}{language}", "\n".join(lines), language=language
    )


def pages(*languages: str) -> list[Document]:
    """All entries in these languages, or in all."""
    return [
        entry(language, number)
        for language in languages or ENTRIES
        for number in range(len(ENTRIES[language]))
    ]
