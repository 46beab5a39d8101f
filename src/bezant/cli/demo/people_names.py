"""What made-up customers are called: common Turkish names, and companies that do not exist."""

from typing import Final

WOMEN: Final = (
    "Ayşe", "Fatma", "Emine", "Hatice", "Zeynep", "Elif", "Meryem", "Şerife", "Sultan", "Hanife",
    "Merve", "Zehra", "Esra", "Özlem", "Büşra", "Yasemin", "Hülya", "Dilek", "Sevgi", "Gülsüm",
    "Songül", "Derya", "Ebru", "Tuğba", "Pınar", "Nur", "Aslı", "Defne", "Ece", "İrem",
    "Çiğdem", "Gamze", "Işıl", "Nihan", "Sibel", "Su", "Şule", "Ülkü", "Yeliz", "Bahar",
)  # fmt: skip
MEN: Final = (
    "Mehmet", "Mustafa", "Ahmet", "Ali", "Hüseyin", "Hasan", "İbrahim", "İsmail", "Osman", "Yusuf",
    "Murat", "Ömer", "Ramazan", "Halil", "Süleyman", "Abdullah", "Mahmut", "Recep", "Salih",
    "Fatih", "Kadir", "Emre", "Hakan", "Adem", "Kemal", "Yaşar", "Bekir", "Musa", "Metin", "Orhan",
    "Burak", "Can", "Çağlar", "Deniz", "Efe", "Güneş", "Ilgaz", "Onur", "Şahin", "Uğur",
)  # fmt: skip
SURNAMES: Final = (
    "Yılmaz", "Kaya", "Demir", "Çelik", "Şahin", "Yıldız", "Yıldırım", "Öztürk", "Aydın", "Özdemir",
    "Arslan", "Doğan", "Kılıç", "Aslan", "Çetin", "Kara", "Koç", "Kurt", "Özkan", "Şimşek",
    "Polat", "Korkmaz", "Çakır", "Erdoğdu", "Özçelik", "Acar", "Bulut", "Keskin", "Güler", "Aksoy",
    "Taş", "Tekin", "Işık", "Güneş", "Turan", "Bozkurt", "Yavuz", "Ateş", "Avcı", "Sarı",
    "Uysal", "Duman", "Ünal", "Gündüz", "Karaca", "Toprak", "Yalçın", "Coşkun", "Ergin", "Sezer",
    "Bayrak", "Ceylan", "Dağ", "Ekinci", "Fidan", "Göçmen", "Harman", "İnce", "Kuyumcu", "Ocak",
)  # fmt: skip
COMPANY_STEMS: Final = (
    "Ak Pınar", "Çınaraltı", "Demirhan Taş", "Eski Değirmen", "Gökçe Ova", "Hisar Yolu",
    "İnce Telkâri", "Kervan Kapı", "Mavi Sarnıç", "Nar Bahçesi", "Orta Çarşı", "Sarı Menekşe",
    "Şadırvan", "Taş Köprü Ocağı", "Üç Selvi", "Yedi Bedesten",
)  # fmt: skip
COMPANY_TRADES: Final = (
    "Kuyumculuk San. ve Tic. Ltd. Şti.",
    "Mücevherat Ticaret A.Ş.",
    "Gıda Pazarlama Ltd. Şti.",
    "Danışmanlık Hizmetleri A.Ş.",
    "Tekstil Sanayi Ltd. Şti.",
    "Yazılım ve Bilişim A.Ş.",
)
