/** Pages in Chinese. */
import type { Texts } from './text.ts'

const choose = (email: string) => `请设置密码。您将以 ${email} 登录。`
const ready = '密码已设置，现在可以登录。'

export const zh: Texts = {
  purposes: {
    invitation: { title: '接受邀请', says: choose, button: '接受', done: ready },
    account_invitation: {
      title: '接受邀请',
      says: (company) => `您将加入账户“${company}”，其管理员可以看到您的姓名、电话号码和登录方式。您可以随时退出该账户。`,
      button: '接受',
      done: '您已加入该账户。请照常登录即可使用。',
    },
    activation: { title: '激活您的账户', says: choose, button: '激活', done: ready },
    password_reset: {
      title: '设置新密码',
      says: (email) => `新密码将替换 ${email} 的密码，所有已登录的会话都会退出。`,
      button: '设置密码',
      done: ready,
    },
    email_change: {
      title: '确认新的邮箱地址',
      says: (email) => `今后您将以 ${email} 登录。`,
      button: '确认',
      done: '邮箱地址已更改，下次登录时请使用新地址。',
    },
    email_change_notice: {
      title: '更改您的邮箱地址',
      says: (email) => `更改后，您将以 ${email} 登录。如果您不同意，请阻止此更改。`,
      button: '阻止更改',
      done: '更改已阻止。您仍使用现有地址登录。',
    },
    end_access: {
      title: '终止所有 API 令牌和通行密钥',
      says: (email) => `${email} 的所有 API 令牌和通行密钥都将失效，无论由什么使用，并在所有位置退出登录。`,
      button: '全部终止',
      done: '它们已失效。请使用密码登录，并重新创建所需的令牌和密钥。',
    },
    account_deletion: {
      title: '请求删除账户',
      says: (company) => `账户“${company}”将暂停使用，直至被删除。在此之前，账户管理员可以撤回请求。`,
      button: '请求删除',
      done: '已请求删除该账户。',
    },
    totp_disable: {
      title: '关闭两步验证',
      says: (email) => `关闭后，${email} 只需密码即可登录。`,
      button: '关闭',
      done: '两步验证已关闭。登录后可以重新开启。',
    },
  },
  accessLeft: 'API 令牌和通行密钥仍然有效。如果其中有您不认识的，请将其终止。',
  ownChange: '更改后，您将使用另一个地址登录。如果这不是您本人的请求，请阻止此更改。',
  allow: '立即允许',
  waits: '此地址已确认。待现有地址同意，或三天内未提出异议后，即可用此地址登录。',
  allowed: '您已同意。新地址也确认后，更改即生效。',
  password: '新密码',
  again: '再次输入密码',
  rules: '至少 12 个任意字符。不能是常见密码，不能与邮箱相似，也不能是最近用过的密码。',
  refusals: {
    too_short: '密码太短：至少需要 12 个字符。',
    too_long: '密码太长：最多 128 个字符。',
    too_common: '此密码过于常见。',
    too_like_email: '密码与您的邮箱过于相似。',
    used_before: '您曾使用过此密码，请另选一个。',
    differ: '两次输入的密码不一致。',
    email_taken: '此邮箱地址已被他人使用。',
  },
  onwards: (name) => `前往 ${name}`,
  gone: {
    title: '此链接无效',
    says: '链接只能使用一次，且有时间限制。它已被使用、已过期，或已被更新的邮件取代。请在登录页面重新申请，或联系邀请您的人或服务商的客服。',
  },
}
