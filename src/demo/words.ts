/** Names of users, companies and other objects of a demo world: in several scripts, with every character that might break a filter. */

interface Name {
  text: string
  /** The name in letters that are valid in an address. */
  slug: string
}

const names = (list: string): Name[] =>
  list
    .split('\n')
    .map((line) => line.trim().split(' = '))
    .map(([text, slug]) => ({ text: text as string, slug: slug as string }))

export const people = names(`Anna Müller = anna.mueller
  Zoë Kravitz-Łukasik = zoe_kravitz
  José Ángel Núñez = jose.nunez
  François Lefèvre = francois.lefevre
  Søren Ærø = soren.aero
  Þóra Guðmundsdóttir = thora
  İrem Yılmaz = irem.yilmaz
  Nguyễn Văn An = nguyen.van.an
  Jiří Dvořák = jiri_dvorak
  Ștefan Țurcanu = stefan.turcanu
  Ольга Петрова = olga.petrova
  Дмитрий Ёлкин = dmitry.yolkin
  ИВАН ЩЕРБАКОВ = ivan.shcherbakov
  Зоя Їжакевич = zoya
  王伟 = wang.wei
  李娜 = li.na
  欧阳修 = ouyang_xiu
  محمد الأمين = mohammed.alamin
  فاطمة الزهراء = fatima
  Ayşə Məmmədova = ayshe.mammadova
  Ελένη Παπαδοπούλου = eleni
  佐藤 花子 = hanako.sato
  김민준 = minjun.kim
  נועה לוי = noa.levi
  Ada 👩‍💻 Byron = ada.byron
  🦊 Reynard = reynard
  100% Bob = bob100%
  snake_case Sam = snake_case.sam
  Miles O'Brien = miles.o'brien
  Dwayne "The Rock" Stone = the.rock
  C:\\Users\\Carol = carol
  mIxEd CaSe = Mixed.Case
  JOHN SMITH = JOHN.SMITH
  john smith = john.smith
  Mary-Jane Watson = mary-jane
  Dr. Hans Groß = hans.gross
  Li = li
  Maximiliane Friederike Charlotte von und zu Hohenstein-Wallenberg = mfc.hohenstein
  Ravi Kumar = ravi.kumar
  Emma Johansson = emma.johansson
  Luca Rossi = luca.rossi
  Marta Kowalczyk = marta.kowalczyk
  Tomás Ó Súilleabháin = tomas
  Kwame Mensah = kwame.mensah
  Leila Haddad = leila.haddad
  Pedro Gonçalves = pedro.goncalves
  Ingrid Bjørnstad = ingrid
  Yuki Tanaka = yuki.tanaka
  Grace Hopper = grace.hopper
  Alan Turing = alan.turing`)

/** Aurora Media and Baltic Freight stay first: the accounts of demo.json have their names. */
const remarkable = names(`Aurora Media = aurora-media
  Baltic Freight = baltic-freight
  100% Öko Märkte = oeko
  Under_Score Systems = under-score
  O'Hara & Söhne = ohara
  Back\\slash Labs = backslash
  The "Quoted" Company = quoted
  mIxEd cAsE Studio = mixed-case
  🚀 Rocket Fuel = rocket-fuel
  ŞİŞLİ Straße = sisli
  北极星科技 = beijixing
  Северное Сияние = severnoe-siyanie
  شركة النجوم = alnujum
  %_% = percents
  Ærø Brød = aeroe-broed`)

const invented = [
  [
    'Amber Arctic Birch Bright Cedar Copper Coral Delta Ember Falcon Granite Harbor Indigo Juniper Krüger Lagoon Meridian Nordlicht Ocean ' +
      'Pépite',
    'Media Games Logistics Bank Health Travel Foods Radio Energy Records Robotics Learning Motors Press Studios Networks Travaux Verlag',
  ],
  ['Вектор Горизонт Звезда Маяк Орион Родник Сокол Юпитер', 'Медиа Логистика Банк Игры Связь Энергия'],
  ['东方 云海 星辰 长城 金龙 青山', '科技 传媒 物流 游戏'],
  ['الأفق البحر الصقر الواحة', 'للإعلام للتجارة للطاقة'],
].flatMap(([first = '', second = ''], script) =>
  first.split(' ').flatMap((a, i) => second.split(' ').map((b, j) => ({ text: `${a} ${b}`, slug: slugOf(a, b, `${script}-${i}-${j}`) }))),
)

function slugOf(first: string, second: string, other: string) {
  const ascii = `${first}-${second}`.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase()
  return /^[a-z-]+$/.test(ascii) ? ascii : `company-${other}`
}

// A step coprime to the length visits every name once, in an order that looks random.
const shuffled = invented.map((_, i) => invented[(i * 7919) % invented.length] as Name)
const companies = [...remarkable, ...shuffled]

/** Returns the company of this number. No two numbers have the same name, ignoring case. */
export function company(number: number): Name {
  const { text, slug } = companies[number % companies.length] as Name
  const round = Math.floor(number / companies.length)
  return { text: round === 0 ? text : `${text} ${round + 1}`, slug }
}

const resellerNames = names(`Reeve = platform
  North Hosting = north
  South & Söhne = south
  Запад Телеком = west
  东方云 = east
  100%_Cloud = hundred`)

export const reseller = (id: number): Name => resellerNames[id - 1] ?? { text: `Reseller ${id}`, slug: `reseller-${id}` }

export const countries = ['DE', 'FR', 'US', 'CN', 'AZ', 'KZ', 'BR', 'JP', 'LU', 'GB', 'SE', 'TR', 'AE']
export const billTypes = ['by_max_traffic', 'by_sum_traffic', 'by_95th_percentile', 'fixed', 'prepaid']
export const promoCodes = ['WELCOME10', 'spring_sale', '100%OFF', 'ÜBER50', "partner's"]
export const hostLabels = ['www', 'cdn', 'static', 'img', 'API', 'a_b', '100%_off', 'shop', 'видео', 'm']
export const userAgents = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15',
  'curl/8.14.1',
  '',
]

export const features = [
  ['CDN', 'Own certificate', 'HTTP/3', 'Image optimisation', 'Real-time logs'],
  ['STORAGE', 'Object versions', 'Lifecycle rules', 'Cross-region copies', 'Write-once buckets'],
  ['STREAMING', 'Adaptive bitrate', 'Subtitles', 'Low latency', '4K_UHD transcoding'],
  ['DNS', 'DNSSEC', 'Zone import', 'Geo balancing', '100% uptime SLA'],
  ['DDOS', 'Traffic report', 'Allow list', 'Layer 7 protection', 'Emergency line'],
  ['CLOUD', 'Private networks', 'Snapshots', 'GPU instances', 'Bare metal'],
] as const
