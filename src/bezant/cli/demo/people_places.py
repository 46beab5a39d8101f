"""Where made-up customers live: real cities and counties, their quarters and tax offices."""

from typing import Final, NamedTuple


class Place(NamedTuple):
    """A county of a city: its post code, its tax office, and some of its quarters."""

    city: str
    county: str
    zipcode: str
    tax_office: str
    districts: tuple[str, ...]


PLACES: Final = (
    Place("İstanbul", "Kadıköy", "34710", "Kadıköy", ("Caferağa", "Göztepe", "Erenköy")),
    Place("İstanbul", "Beşiktaş", "34353", "Beşiktaş", ("Abbasağa", "Levent", "Ortaköy")),
    Place("İstanbul", "Fatih", "34096", "Fatih", ("Ali Kuşçu", "Balat", "Aksaray")),
    Place("İstanbul", "Üsküdar", "34664", "Üsküdar", ("Altunizade", "Kuzguncuk", "Selimiye")),
    Place("İstanbul", "Bakırköy", "34142", "Bakırköy", ("Cevizlik", "Yeşilköy", "Zuhuratbaba")),
    Place("Ankara", "Çankaya", "06690", "Çankaya", ("Kavaklıdere", "Bahçelievler", "Ayrancı")),
    Place("Ankara", "Keçiören", "06280", "Keçiören", ("Etlik", "Kalaba", "Aktepe")),
    Place(
        "Ankara", "Yenimahalle", "06170", "Yenimahalle", ("Demetevler", "Batıkent", "Ragıp Tüzün")
    ),
    Place("İzmir", "Konak", "35250", "Konak", ("Alsancak", "Güzelyalı", "Göztepe")),
    Place("İzmir", "Karşıyaka", "35600", "Karşıyaka", ("Bostanlı", "Aksoy", "Donanmacı")),
    Place("İzmir", "Bornova", "35040", "Bornova", ("Erzene", "Kazımdirik", "Ergene")),
    Place("Bursa", "Nilüfer", "16110", "Nilüfer", ("Beşevler", "Özlüce", "Konak")),
    Place("Bursa", "Osmangazi", "16010", "Osmangazi", ("Çekirge", "Hamitler", "Soğanlı")),
    Place("Antalya", "Muratpaşa", "07160", "Kurumlar", ("Meltem", "Kılıçarslan", "Fener")),
    Place("Antalya", "Kepez", "07060", "Düden", ("Varsak Karşıyaka", "Teomanpaşa", "Ulus")),
    Place("Adana", "Seyhan", "01120", "Seyhan", ("Reşatbey", "Kurtuluş", "Döşeme")),
    Place("Konya", "Selçuklu", "42060", "Selçuk", ("Bosna Hersek", "Yazır", "Nişantaş")),
    Place("Gaziantep", "Şahinbey", "27010", "Şahinbey", ("Karataş", "Bey", "Binevler")),
    Place("Kayseri", "Melikgazi", "38030", "Erciyes", ("Alpaslan", "Esenyurt", "Köşk")),
    Place(
        "Eskişehir", "Tepebaşı", "26120", "Eskişehir", ("Bahçelievler", "Eskibağlar", "Şirintepe")
    ),
    Place("Samsun", "İlkadım", "55060", "Gaziler", ("Kale", "Bahçelievler", "Liman")),
    Place("Trabzon", "Ortahisar", "61030", "Karadeniz", ("Kemerkaya", "Beşirli", "Yeşiltepe")),
    Place("Mersin", "Yenişehir", "33110", "Uray", ("Gazi", "Pirireis", "Limonluk")),
    Place("Denizli", "Pamukkale", "20160", "Pamukkale", ("Kınıklı", "Zeytinköy", "Siteler")),
    Place("Muğla", "Bodrum", "48400", "Bodrum", ("Kumbahçe", "Yokuşbaşı", "Gümbet")),
    Place("Diyarbakır", "Kayapınar", "21070", "Gökalp", ("Peyas", "Huzurevleri", "Fırat")),
)
STREETS: Final = (
    "Çınar", "Ihlamur", "Papatya", "Menekşe", "Zambak", "Akasya", "Gülistan", "Pınar", "Şafak",
    "Değirmen", "Fırın", "Kuyumcular", "Bedesten", "Lale", "Meşe", "Çiçek", "Sümbül", "Köprübaşı",
)  # fmt: skip
