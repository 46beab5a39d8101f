-- The first version of each document, in both languages. An operator's lawyer reads them before
-- anybody is sold anything; what the operator publishes after that replaces them.
INSERT INTO legal_document
    (type, language, version, name, body, is_required, valid_from, sha256, published_at)
SELECT type, language, 1, name, trim(E'\n' FROM body) || E'\n', is_required,
       '2026-01-01T00:00:00Z',
       encode(sha256(convert_to(trim(E'\n' FROM body) || E'\n', 'UTF8')), 'hex'),
       '2026-01-01T00:00:00Z'
  FROM (VALUES

('preliminary-information', 'tr', 'Ön Bilgilendirme Formu', true, $text$
# Ön Bilgilendirme Formu

Bu form, 6502 sayılı Tüketicinin Korunması Hakkında Kanun ve Mesafeli Sözleşmeler Yönetmeliği
uyarınca, siparişinizi onaylamanızdan önce sizi bilgilendirmek için düzenlenmiştir. İşlem
numarası **{number}**, düzenlenme zamanı **{at}**.

## 1. Taraflar

@parties

## 2. Sözleşme konusu ürünler ve bedelleri

@items

@totals

Fiyatlar tüm vergiler dâhil toplam tutardır. Altın, gümüş, platin ve paladyum fiyatları
uluslararası piyasalara göre gün içinde değişir. Yukarıdaki fiyatlar yalnızca size bildirilen
fiyat sabitleme süresi içinde geçerlidir; süre dolarsa güncel fiyat gösterilir ve onayınız yeniden
alınır. Onayladığınız fiyattan farklı bir tutar tahsil edilmez.

## 3. Ödeme

Ödeme şekli: {how_paid}. Taksit veya ödeme masrafı varsa tutarı yukarıda ayrıca gösterilmiştir;
bunun dışında ek bir bedel alınmaz. Kart numaranız satıcı tarafından saklanmaz.

## 4. Teslimat

@addresses

Ürünler, ödemenin alınmasından sonra sigortalı olarak yukarıdaki teslimat adresine gönderilir.
Teslim süresi siparişten itibaren en geç otuz gündür. Gönderi kimlik kontrolü yapılarak yalnızca
alıcıya veya yazılı olarak yetkilendirdiği kişiye teslim edilir. Ürün teslim edilinceye kadar
doğacak kayıp ve hasardan satıcı sorumludur.

## 5. Cayma hakkı

Mesafeli Sözleşmeler Yönetmeliği'nin 15. maddesinin birinci fıkrasının (a) bendi uyarınca,
**fiyatı finansal piyasalardaki dalgalanmalara bağlı olarak değişen ve satıcının kontrolünde
olmayan mal veya hizmetlere ilişkin sözleşmelerde cayma hakkı kullanılamaz.** Bu formda yer alan
kıymetli maden ürünleri bu kapsamdadır; bu nedenle siparişinizi onayladıktan sonra cayma hakkınız
bulunmamaktadır. Ayıplı mal hâlinde kanundan doğan haklarınız saklıdır.

## 6. Şikâyet ve itirazlar

Şikâyetlerinizi satıcının ve tedarikçinin yukarıda yazılı iletişim bilgilerine iletebilirsiniz.
Kanunda her yıl belirlenen parasal sınırlara göre yerleşim yerinizdeki veya işlemin yapıldığı
yerdeki tüketici hakem heyetine ya da tüketici mahkemesine başvurabilirsiniz.

Alıcı, bu formdaki bilgileri siparişini onaylamadan önce okuduğunu ve bilgi edindiğini kabul eder.
$text$),

('preliminary-information', 'en', 'Preliminary Information Form', true, $text$
# Preliminary Information Form

This form informs you before you confirm your order, as Law no. 6502 on the Protection of
Consumers and the Regulation on Distance Contracts require. Transaction **{number}**, made out at
**{at}**.

## 1. Parties

@parties

## 2. Goods and prices

@items

@totals

Prices are totals that include all taxes. The prices of gold, silver, platinum and palladium move
with the international markets during the day. The prices above stand only for as long as you
were told that they are held; after that the new price is shown and your consent is asked for
again. No amount other than the one you confirmed is collected.

## 3. Payment

Way of paying: {how_paid}. What paying by instalments or in this way costs, if anything, is shown
above; nothing else is charged. The seller does not keep the number of your card.

## 4. Delivery

@addresses

Once payment has been received, the goods are sent insured to the delivery address above. They
arrive within thirty days of the order at the latest. The parcel is handed only to the buyer, or
to whoever the buyer has authorised in writing, against proof of identity. Until then the seller
bears the risk of loss and damage.

## 5. Right of withdrawal

Under article 15, paragraph 1, item (a) of the Regulation on Distance Contracts, **there is no
right of withdrawal from contracts for goods or services whose price depends on fluctuations in
the financial markets that the seller does not control.** The precious-metal goods in this form are
such goods, so you cannot withdraw once you have confirmed the order. Your statutory rights in
respect of defective goods remain.

## 6. Complaints

You can send complaints to the seller and to the supplier at the addresses above. Up to the
amounts that are set each year you can apply to the consumer arbitration committee, and otherwise
to the consumer court, where you live or where the transaction took place.

The buyer acknowledges having read this form before confirming the order.
$text$),

('distance-sales', 'tr', 'Mesafeli Satış Sözleşmesi', true, $text$
# Mesafeli Satış Sözleşmesi

## Madde 1. Taraflar

Bu sözleşme, aşağıda bilgileri yazılı satıcı ile alıcı arasında, **{at}** tarihli ve **{number}**
numaralı işlem için elektronik ortamda kurulmuştur.

@parties

## Madde 2. Konu

Sözleşmenin konusu, alıcının elektronik ortamda sipariş ettiği, nitelikleri ve satış fiyatı aşağıda
belirtilen kıymetli maden ürünlerinin satışı ve teslimine ilişkin olarak, 6502 sayılı Tüketicinin
Korunması Hakkında Kanun ve Mesafeli Sözleşmeler Yönetmeliği uyarınca tarafların hak ve
yükümlülüklerinin belirlenmesidir.

## Madde 3. Ürünler ve bedel

@items

@totals

Ödeme şekli: {how_paid}. Bedel, alıcının onayladığı anda sabitlenmiş olan fiyattır; piyasa fiyatının
sonradan artması veya azalması taraflara bedelin değiştirilmesini isteme hakkı vermez.

## Madde 4. Teslimat

@addresses

- Ürünler, bedelin tamamının alınmasından sonra sigortalı taşıma ile gönderilir ve sipariş tarihinden
  itibaren en geç otuz gün içinde teslim edilir.
- Teslimat kimlik kontrolü ile yalnızca alıcıya veya yazılı olarak yetkilendirdiği kişiye yapılır.
- Alıcı, paketi teslim alırken kontrol eder; güvenlik mührü bozulmuş veya hasarlı paketi teslim almaz
  ve taşıyıcıya tutanak tutturur.
- Teslim anına kadar kayıp ve hasar riski satıcıya aittir.

## Madde 5. Tarafların yükümlülükleri

- Satıcı, ürünleri sağlam, eksiksiz, siparişte belirtilen ağırlık ve ayarda, varsa sertifikası ve
  seri numarası ile teslim eder.
- Siparişin yerine getirilmesi imkânsızlaşırsa satıcı, durumu öğrendiği tarihten itibaren üç gün
  içinde alıcıyı bilgilendirir ve aldığı bütün ödemeleri en geç on dört gün içinde iade eder.
- Alıcı, verdiği kimlik, adres ve fatura bilgilerinin doğru olduğunu; suç gelirlerinin aklanmasının
  önlenmesine ilişkin mevzuat uyarınca istenebilecek bilgi ve belgeleri vereceğini kabul eder.
- Kartla ödemede banka herhangi bir nedenle bedeli satıcıya ödemezse satıcının teslim yükümlülüğü
  doğmaz.

## Madde 6. Cayma hakkı

Mesafeli Sözleşmeler Yönetmeliği'nin 15. maddesinin birinci fıkrasının (a) bendi uyarınca, **fiyatı
finansal piyasalardaki dalgalanmalara bağlı olarak değişen ve satıcının kontrolünde olmayan mal veya
hizmetlere ilişkin sözleşmelerde tüketici cayma hakkını kullanamaz.** Sözleşme konusu ürünlerin
fiyatı kıymetli maden piyasalarına bağlı olduğundan alıcının cayma hakkı yoktur. Alıcı bu konuda
siparişten önce bilgilendirildiğini kabul eder.

## Madde 7. Ayıplı mal

Ürünün ayıplı olması hâlinde alıcı, 6502 sayılı Kanun'un 11. maddesindeki seçimlik haklarını
kullanabilir. Teslimden sonra ambalajı veya sertifika mührü açılmış ürünlerde ağırlık ve ayar
incelemesi yapılır.

## Madde 8. Uyuşmazlıkların çözümü

Bu sözleşmeden doğan uyuşmazlıklarda, Ticaret Bakanlığınca her yıl ilan edilen parasal sınırlar
içinde tüketici hakem heyetleri, bu sınırların üzerinde tüketici mahkemeleri yetkilidir.

## Madde 9. Yürürlük

Alıcı, bu sözleşmenin ve Ön Bilgilendirme Formu'nun tamamını okuyup kabul ettiğini elektronik ortamda
onaylamıştır. Sözleşme, siparişin onaylandığı anda yürürlüğe girer; bir nüshası satıcı tarafından
saklanır ve alıcının erişimine sunulur.
$text$),

('distance-sales', 'en', 'Distance Sales Contract', true, $text$
# Distance Sales Contract

## Article 1. Parties

This contract is made electronically between the seller and the buyer named below, for the
transaction **{number}** of **{at}**.

@parties

## Article 2. Subject

The subject of the contract is the sale and delivery of the precious-metal goods that the buyer
ordered electronically and whose properties and prices are stated below, and the rights and duties
of the parties under Law no. 6502 on the Protection of Consumers and the Regulation on Distance
Contracts.

## Article 3. Goods and price

@items

@totals

Way of paying: {how_paid}. The price is the one that was held when the buyer confirmed it; a later
rise or fall of the market entitles neither party to another price.

## Article 4. Delivery

@addresses

- The goods are sent by insured transport once the whole price has been received, and are delivered
  within thirty days of the order at the latest.
- They are handed over against proof of identity, only to the buyer or to whoever the buyer has
  authorised in writing.
- The buyer examines the parcel on receipt, does not accept one that is damaged or whose seal is
  broken, and has the carrier record it.
- The seller bears the risk of loss and damage until delivery.

## Article 5. Duties of the parties

- The seller delivers the goods sound and complete, of the weight and fineness that were ordered,
  with their certificate and serial number where there is one.
- Should it become impossible to fulfil the order, the seller tells the buyer within three days of
  learning so, and returns every payment within fourteen days at the latest.
- The buyer warrants that the identity, address and invoice details given are right, and provides
  whatever the rules against the laundering of the proceeds of crime may require.
- Where the bank does not pay the seller the price of a payment by card, for whatever reason, the
  seller is under no duty to deliver.

## Article 6. Right of withdrawal

Under article 15, paragraph 1, item (a) of the Regulation on Distance Contracts, **the consumer has no
right of withdrawal from contracts for goods or services whose price depends on fluctuations in the
financial markets that the seller does not control.** As the price of these goods depends on the
markets for precious metals, the buyer cannot withdraw. The buyer acknowledges having been told so
before ordering.

## Article 7. Defective goods

If the goods are defective, the buyer has the rights of article 11 of Law no. 6502. The weight and
fineness of goods whose packaging or certificate seal was opened after delivery are examined.

## Article 8. Disputes

Consumer arbitration committees are competent up to the amounts that the Ministry of Trade
announces each year, and consumer courts above them.

## Article 9. Entry into force

The buyer has confirmed electronically having read and accepted the whole of this contract and of
the Preliminary Information Form. The contract enters into force when the order is confirmed; the
seller keeps a copy and gives the buyer access to it.
$text$),

('privacy', 'tr', 'Kişisel Verilerin Korunması Aydınlatma Metni', false, $text$
# Kişisel Verilerin Korunması Aydınlatma Metni

6698 sayılı Kişisel Verilerin Korunması Kanunu'nun (KVKK) 10. maddesi uyarınca, kişisel verileriniz
hakkında sizi bilgilendiriyoruz. Veri sorumluları, satıcı **{seller}** ile ürünleri tedarik eden
**{operator}** unvanlı işletmedir. İletişim: {operator_contact}.

## 1. İşlenen veriler

- Kimlik: ad, soyad, T.C. kimlik veya vergi numarası, doğum tarihi
- İletişim: telefon, e-posta, teslimat ve fatura adresi
- İşlem: sipariş, ödeme, iade ve fatura kayıtları; kabul edilen sözleşmeler
- Finans: kartın yalnızca ilk altı ve son dört hanesi ile bankası
- İşlem güvenliği: IP adresi ve işlem zamanları

## 2. İşleme amaçları ve hukuki sebepler

Verileriniz; sözleşmenin kurulması ve ifası, ödemenin alınması, ürünün teslimi, faturanın
düzenlenmesi ve taleplerinizin sonuçlandırılması (KVKK m. 5/2-c), vergi, tüketicinin korunması ve suç
gelirlerinin aklanmasının önlenmesi mevzuatından doğan yükümlülüklerin yerine getirilmesi (m. 5/2-ç),
bir hakkın tesisi, kullanılması veya korunması (m. 5/2-e) ve sahteciliğin önlenmesine yönelik meşru
menfaat (m. 5/2-f) hukuki sebeplerine dayanılarak, elektronik ortamda otomatik yollarla toplanır ve
işlenir.

## 3. Aktarım

Verileriniz, yukarıdaki amaçlarla sınırlı olarak bankalara ve ödeme kuruluşlarına, taşıma ve sigorta
şirketlerine, fatura hizmeti sağlayıcılarına ve kanunen yetkili kamu kurumlarına aktarılabilir.

## 4. Saklama süresi

Verileriniz, ilgili mevzuatta öngörülen süre boyunca saklanır; süre dolduğunda silinir, yok edilir
veya anonim hâle getirilir.

## 5. Haklarınız

KVKK'nın 11. maddesi uyarınca verilerinizin işlenip işlenmediğini öğrenme, bilgi isteme, düzeltilmesini,
silinmesini veya yok edilmesini isteme, aktarıldığı kişileri öğrenme, yalnızca otomatik sistemlerle
yapılan analiz sonucunda aleyhinize çıkan sonuca itiraz etme ve zararınızın giderilmesini isteme
haklarına sahipsiniz. Başvurunuz en geç otuz gün içinde ücretsiz olarak sonuçlandırılır.
$text$),

('privacy', 'en', 'Privacy Notice', false, $text$
# Privacy Notice

This notice informs you about your personal data, as article 10 of Law no. 6698 on the Protection
of Personal Data (KVKK) requires. The controllers are the seller, **{seller}**, and **{operator}**,
which supplies the goods. Contact: {operator_contact}.

## 1. What is processed

- Identity: name, Turkish identity or tax number, date of birth
- Contact: telephone, e-mail, delivery and billing address
- Transactions: orders, payments, refunds and invoices; contracts that you accepted
- Finance: only the first six and last four digits of a card, and its bank
- Security: IP address and the times of transactions

## 2. Why, and on what grounds

Your data are collected and processed by automatic means to make and perform the contract, take
payment, deliver the goods, issue the invoice and answer your requests (KVKK art. 5/2-c); to meet
duties under the law of taxes, of consumer protection and against money laundering (art. 5/2-ç); to
establish, exercise or protect a right (art. 5/2-e); and in the legitimate interest of preventing
fraud (art. 5/2-f).

## 3. To whom they go

Within these purposes, your data may go to banks and payment institutions, carriers and insurers,
providers of invoicing services, and authorities that are entitled by law.

## 4. For how long

Your data are kept for as long as the law prescribes, and then erased, destroyed or made anonymous.

## 5. Your rights

Under article 11 of the KVKK you can learn whether your data are processed, ask for information, ask
for them to be corrected, erased or destroyed, learn to whom they were given, object to a result
against you that came of automatic analysis alone, and claim damages. Requests are answered free of
charge within thirty days at the latest.
$text$),

('commercial-messages', 'tr', 'Ticari Elektronik İleti Onayı', false, $text$
# Ticari Elektronik İleti Onayı

6563 sayılı Elektronik Ticaretin Düzenlenmesi Hakkında Kanun ve Ticari İletişim ve Ticari Elektronik
İletiler Hakkında Yönetmelik uyarınca, **{seller}** tarafından ürün, hizmet, kampanya ve duyurulara
ilişkin ticari elektronik iletilerin aşağıdaki iletişim adreslerime gönderilmesine onay veriyorum.

- Ad soyad: {buyer}
- Telefon (arama ve kısa mesaj): {buyer_phone}
- E-posta: {buyer_email}

Bu onay isteğe bağlıdır ve satın alma için şart değildir. Onayınızı dilediğiniz zaman, hiçbir gerekçe
göstermeden ve ücretsiz olarak, iletilerdeki ret bağlantısı veya İleti Yönetim Sistemi (İYS)
üzerinden geri alabilirsiniz. Ret bildiriminizden itibaren üç iş günü içinde gönderim durdurulur.

Sipariş, ödeme ve teslimat bilgilendirmeleri ticari ileti değildir ve bu onaya bağlı değildir.
$text$),

('commercial-messages', 'en', 'Consent to Commercial Messages', false, $text$
# Consent to Commercial Messages

Under Law no. 6563 on the Regulation of Electronic Commerce and the Regulation on Commercial
Communication and Commercial Electronic Messages, I consent to **{seller}** sending commercial
electronic messages about goods, services, campaigns and news to these addresses of mine.

- Name: {buyer}
- Telephone (calls and text messages): {buyer_phone}
- E-mail: {buyer_email}

This consent is voluntary and not a condition of buying. You can take it back at any time, without
giving a reason and free of charge, by the link in each message or in the Message Management System
(İYS). Sending stops within three working days.

Notices about an order, its payment and its delivery are not commercial messages and do not depend
on this consent.
$text$),

('delivery-terms', 'tr', 'Teslimat Koşulları', false, $text$
# Teslimat Koşulları

**{number}** numaralı işlem için geçerlidir.

@addresses

## 1. Gönderim

Ürünler, ödemenin onaylanmasından sonra hazırlanır ve tutarının tamamı için sigortalanarak, mühürlü
paketle gönderilir. Teslim süresi siparişten itibaren en geç otuz gündür. Resmî tatillerde ve piyasaların
kapalı olduğu günlerde gönderim yapılmaz.

## 2. Teslim alma

- Paket, kimlik kontrolü yapılarak yalnızca alıcıya veya yazılı olarak yetkilendirdiği kişiye verilir.
- Mührü açılmış, yırtılmış veya ıslanmış paket teslim alınmamalı, taşıyıcıya tutanak tutturulmalıdır.
- Paketin açılışının kameraya kaydedilmesi önerilir.
- Kimlik doğrulanamazsa veya iki teslim denemesi sonuçsuz kalırsa paket satıcıya geri döner; alıcı ile
  görüşülerek yeniden gönderilir.

## 3. Adres değişikliği

Paket yola çıktıktan sonra güvenlik nedeniyle teslimat adresi değiştirilemez.

## 4. Sorumluluk

Teslime kadar doğan kayıp ve hasar satıcının sorumluluğundadır. Eksik veya hasarlı teslimat, tutanak ile
birlikte gecikmeden {operator_contact} adresine bildirilmelidir.
$text$),

('delivery-terms', 'en', 'Delivery Terms', false, $text$
# Delivery Terms

They hold for the transaction **{number}**.

@addresses

## 1. Dispatch

The goods are prepared once the payment is confirmed, insured for their whole value, and sent in a
sealed parcel. They arrive within thirty days of the order at the latest. Nothing is sent on public
holidays or on days when the markets are closed.

## 2. Receipt

- The parcel is handed over against proof of identity, only to the buyer or to whoever the buyer has
  authorised in writing.
- A parcel that is torn or wet or whose seal is open should not be accepted; have the carrier record
  it.
- We suggest that you film the opening of the parcel.
- If the identity cannot be confirmed, or if two attempts fail, the parcel goes back to the seller
  and is sent again as agreed with the buyer.

## 3. Change of address

For reasons of security the delivery address cannot be changed once the parcel is on its way.

## 4. Liability

The seller is liable for loss and damage until delivery. Report what is missing or damaged without
delay, with the carrier's record, to {operator_contact}.
$text$)

) AS texts (type, language, name, is_required, body);
