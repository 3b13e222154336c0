/** Domains of mail services that anybody can have an address of. Nobody can prove one of them to be its own. */
export const consumerDomains: ReadonlySet<string> = new Set(
  `gmail.com googlemail.com outlook.com outlook.de outlook.fr hotmail.com hotmail.de hotmail.fr hotmail.it hotmail.co.uk live.com live.de live.fr
  live.co.uk live.nl msn.com yahoo.com yahoo.de yahoo.fr yahoo.it yahoo.es yahoo.co.uk yahoo.co.jp yahoo.co.in ymail.com rocketmail.com aol.com
  icloud.com me.com mac.com proton.me protonmail.com pm.me gmx.de gmx.net gmx.at gmx.ch gmx.com web.de t-online.de freenet.de mail.de posteo.de
  mail.ru bk.ru inbox.ru list.ru internet.ru yandex.ru yandex.com ya.ru rambler.ru qq.com foxmail.com 163.com 126.com yeah.net sina.com sohu.com
  aliyun.com naver.com daum.net hanmail.net mail.com email.com fastmail.com fastmail.fm zoho.com zohomail.com tutanota.com tutanota.de tuta.io
  tuta.com hey.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it btinternet.com sky.com talktalk.net
  comcast.net verizon.net att.net sbcglobal.net cox.net bellsouth.net charter.net shaw.ca rogers.com uol.com.br bol.com.br terra.com.br
  seznam.cz wp.pl o2.pl interia.pl onet.pl bigpond.com optusnet.com.au rediffmail.com ukr.net i.ua mailinator.com guerrillamail.com yopmail.com
  users.noreply.github.com`
    .split(/\s+/)
    .filter(Boolean),
)
