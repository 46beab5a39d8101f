"""What the sandbox says to people, in its own words: it is another company than the merchant.

Invariant: each sentence is there in both languages (a test compares them).
"""

from collections.abc import Mapping
from typing import Final

from bezant.kernel.texts import Language

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    Language.EN: {
        "page.title": "Confirm your payment",
        "page.keeping_title": "Confirm your card",
        "page.bank": "Sandbox Bank",
        "page.test_only": "Test only: no money moves.",
        "page.merchant": "Merchant",
        "page.amount": "Amount",
        "page.card": "Card",
        "page.instalments": "Instalments",
        "page.description": "Description",
        "page.intro": "Enter the one-time code that was sent to your phone.",
        "page.code": "One-time code",
        "page.hint": "In the sandbox the code is {code}.",
        "page.wrong": "That code is not right. Tries left: {left}.",
        "page.approve": "Approve",
        "page.reject": "Reject",
        "page.leave": "Leave without answering",
        "page.next": "What the sandbox does next",
        "page.next_hint": "The merchant's server is told of the result by a notice. "
        "Choose when it is sent, against your browser's return.",
        "page.seconds": "Seconds until a late notice",
        "notice.before": "Before the browser returns",
        "notice.after": "A second after the browser returns",
        "notice.together": "Together with the browser",
        "notice.twice": "Twice",
        "notice.late": "Late",
        "notice.never": "Never",
        "left.title": "You left the payment",
        "left.text": "Nothing was answered. This page can be closed.",
        "gone.title": "There is no such page",
        "gone.text": "This payment is not known here.",
        "reason.005": "Do not honour",
        "reason.050": "3-D Secure was not passed",
        "reason.051": "Insufficient funds",
        "reason.054": "Expired card",
        "reason.059": "Suspected fraud",
        "reason.082": "Wrong CVV",
        "reason.091": "The card's bank does not answer",
        "reason.096": "Not a card of the sandbox",
        "refund.not_captured": "Nothing was captured by this reference",
        "refund.other_currency": "The charge was in another currency",
        "refund.too_much": "More than is left of the charge",
    },
    Language.TR: {
        "page.title": "Ödemenizi onaylayın",
        "page.keeping_title": "Kartınızı onaylayın",
        "page.bank": "Deneme Bankası",
        "page.test_only": "Yalnızca deneme: para hareketi olmaz.",
        "page.merchant": "İş yeri",
        "page.amount": "Tutar",
        "page.card": "Kart",
        "page.instalments": "Taksit",
        "page.description": "Açıklama",
        "page.intro": "Telefonunuza gönderilen tek kullanımlık kodu girin.",
        "page.code": "Tek kullanımlık kod",
        "page.hint": "Deneme ortamında kod {code}.",
        "page.wrong": "Kod doğru değil. Kalan deneme: {left}.",
        "page.approve": "Onayla",
        "page.reject": "Reddet",
        "page.leave": "Yanıtlamadan ayrıl",
        "page.next": "Bundan sonra ne olsun",
        "page.next_hint": "Sonuç, iş yerinin sunucusuna bir bildirimle de iletilir. "
        "Bildirimin tarayıcının dönüşüne göre ne zaman gönderileceğini seçin.",
        "page.seconds": "Geç bildirime kadar saniye",
        "notice.before": "Tarayıcı dönmeden önce",
        "notice.after": "Tarayıcı döndükten bir saniye sonra",
        "notice.together": "Tarayıcıyla aynı anda",
        "notice.twice": "İki kez",
        "notice.late": "Geç",
        "notice.never": "Hiç",
        "left.title": "Ödemeden ayrıldınız",
        "left.text": "Hiçbir yanıt verilmedi. Bu sayfa kapatılabilir.",
        "gone.title": "Böyle bir sayfa yok",
        "gone.text": "Bu ödeme burada bilinmiyor.",
        "reason.005": "İşlem onaylanmadı",
        "reason.050": "3-D Secure doğrulaması geçilmedi",
        "reason.051": "Yetersiz bakiye",
        "reason.054": "Kartın süresi dolmuş",
        "reason.059": "Sahtecilik şüphesi",
        "reason.082": "CVV hatalı",
        "reason.091": "Kartın bankası yanıt vermiyor",
        "reason.096": "Deneme ortamının kartı değil",
        "refund.not_captured": "Bu referansla tahsil edilmiş bir tutar yok",
        "refund.other_currency": "Tahsilat başka bir para biriminde",
        "refund.too_much": "Tahsilattan kalandan fazla",
    },
}


def say(language: Language, name: str, **facts: str | int) -> str:
    """A sentence in a language, its places filled."""
    return WORDS[language][name].format_map(facts)
