/** Mails in Chinese. */
import { type Change, type Language, plural, some, when } from './text.ts'

const changes: Record<Change, string> = {
  email: '您的邮箱地址已更改',
  password: '您的密码已更改',
  two_step_on: '两步验证已开启',
  two_step_off: '两步验证已关闭',
  backup_codes: '已生成新的备用码',
  passkey_added: '已添加通行密钥',
  passkey_removed: '已移除通行密钥',
  token_added: '已创建 API 令牌',
  access_ended: '所有 API 令牌、通行密钥和会话均已终止',
  locked_down: '您的账号已被锁定',
  lockdown_lifted: '您的账号已解除锁定',
  identity_linked: '已添加通过身份提供商登录的方式',
  identity_removed: '已移除通过身份提供商登录的方式',
  unknown: '您的登录方式已更改',
}

export const zh: Language = {
  days: plural('zh', { other: '天' }),
  hours: plural('zh', { other: '小时' }),
  greeting: (name) => (name ? `${name}，您好！` : '您好！'),
  orOpen: '如果按钮无法使用，请打开以下地址：',
  linkWorks: (hours) => `此链接只能使用一次，有效期为 ${hours}。`,
  sentBy: (brand) => `此邮件由 ${brand} 发送。`,
  questions: '有疑问？',
  mails: {
    invitation: ({ brand, company, role }) => ({
      subject: `邀请您加入 ${company || brand}`,
      says: [`您被邀请加入 ${brand}${when(company, ` 的账户“${company}”`)}${when(role, `，角色为“${role}”`)}。请设置密码以接受邀请。`],
      button: '接受邀请',
      after: ['如果您并未期待此邀请，请忽略此邮件。'],
    }),
    account_invitation: ({ brand, company, role }) => ({
      subject: `邀请您加入 ${company || brand}`,
      says: [
        `您被邀请加入 ${brand} 的账户“${company}”${when(role, `，角色为“${role}”`)}。`,
        '接受邀请后，该账户的管理员可以看到您的姓名、电话号码和登录方式；在此之前，他们看不到您的任何信息。',
      ],
      button: '接受邀请',
      after: ['如果您并未期待此邀请，请忽略此邮件。'],
    }),
    activation: ({ brand, company }) => ({
      subject: `激活您在 ${brand} 的访问权限`,
      says: [`已为您创建 ${brand} 的访问权限${when(company, `（${company}）`)}。请设置密码以激活。`],
      button: '设置密码',
    }),
    password_reset: ({ brand }) => ({
      subject: `重设 ${brand} 的密码`,
      says: [`有人请求为您在 ${brand} 的账号设置新密码。`],
      button: '设置新密码',
      after: ['如果不是您本人操作，请忽略此邮件：您的密码不会改变。'],
    }),
    email_change: ({ brand, email }) => ({
      subject: `确认您在 ${brand} 的新邮箱地址`,
      says: [`您希望今后使用${email ? ` ${email} ` : '此地址'}登录 ${brand}。请确认。`],
      button: '确认地址',
      after: ['如果不是您本人操作，请忽略此邮件：不会有任何更改。'],
    }),
    email_change_notice: ({ brand, email, requested_by, until }) =>
      requested_by
        ? {
            subject: `${brand}：您的邮箱地址即将更改`,
            says: [
              `${requested_by} 请求将您登录 ${brand} 的地址改为${email ? ` ${email}` : '另一个地址'}。`,
              `如果您不同意，请${when(until, `在 ${until} 之前`)}阻止此更改。如果您同意，可以立即允许；否则更改将在此期限后生效。`,
            ],
            button: '阻止或允许更改',
          }
        : {
            subject: `${brand}：有人请求更改您的邮箱地址`,
            says: [`有人请求更改您登录 ${brand} 所用的邮箱地址。`],
            button: '阻止更改',
            after: ['如果是您本人操作，则无需任何处理。如果不是，请阻止此更改并设置新密码：可能有人知道您的密码。'],
          },
    totp_disable: ({ brand }) => ({
      subject: `关闭 ${brand} 的两步验证`,
      says: [`有人请求关闭您在 ${brand} 的账号的两步验证。`],
      button: '关闭两步验证',
      after: ['如果不是您本人操作，请忽略此邮件并更改密码：可能有人知道您的密码。'],
    }),
    account_deletion: ({ brand, company }) => ({
      subject: `确认删除账户${when(company, `“${company}”`)}`,
      says: [`您请求删除在 ${brand} 的账户${when(company, `“${company}”`)}。确认后，该账户将暂停使用，直至被删除。`],
      button: '请求删除',
      after: ['如果不是您本人操作，请忽略此邮件并与我们联系：可能有人正以您的身份登录。'],
    }),
    trial_began: ({ product, company, days }) => ({
      subject: `${product} 试用已开始`,
      says: some(`${product} 的试用已开始${when(company, `，账户为“${company}”`)}。`, when(days, `您可以免费使用 ${days}。`)),
    }),
    trial_ends_soon: ({ product, company, days, date }) => ({
      subject: `${product} 试用${days ? `将在 ${days}后` : '即将'}结束`,
      says: [
        `${when(company, `账户“${company}”的 `)}${product} 试用${days ? `将在 ${days}后` : '即将'}结束${when(date, `（${date}）`)}。`,
        '如需继续使用，请在此之前与我们联系。',
      ],
    }),
    trial_ended: ({ product, company, days }) => ({
      subject: `${product} 试用已结束`,
      says: some(
        `${when(company, `账户“${company}”的 `)}${product} 试用已结束。`,
        when(days, `其中的内容将在 ${days}后删除。如需继续使用，请在此之前与我们联系。`),
      ),
    }),
    token_expires_soon: ({ token, company, email, days, date }) => ({
      subject: `API 令牌“${token}”${days ? `将在 ${days}后` : '即将'}过期`,
      says: some(
        `${when(company, `账户“${company}”的 `)}API 令牌“${token}”${days ? `将在 ${days}后` : '即将'}过期${when(date, `（${date}）`)}。过期后将不再被接受。`,
        when(email, `该令牌由 ${email} 创建。`),
        '如果仍在使用，请创建新的令牌并替换它。',
      ),
    }),
    certificate_ends_soon: ({ provider, company, days, date }) => ({
      subject: `“${provider}”的证书${days ? `将在 ${days}后` : '即将'}到期`,
      says: some(
        `${when(company, `账户“${company}”的`)}身份提供商“${provider}”的最后一张证书${days ? `将在 ${days}后` : '即将'}到期${when(date, `（${date}）`)}。到期后将无法通过它登录。`,
        '请在提供商处创建新证书，并在切换之前将其添加到此处现有证书旁。如果元数据是从网址读取的，只需在该网址发布即可。',
      ),
    }),
    password_expires_soon: ({ brand, days, date }) => ({
      subject: `您的密码${days ? `将在 ${days}后` : '即将'}过期`,
      says: [`您在 ${brand} 的密码${days ? `将在 ${days}后` : '即将'}过期${when(date, `（${date}）`)}。请在此之前设置新密码。`],
    }),
    failed_logins: ({ brand, attempts, emails, addresses, since, until }) => ({
      subject: `${brand} 登录失败通知`,
      says: [`${when(since, `${since} 至 ${until}，`)}发生了失败的登录尝试${when(attempts, `：${attempts} 次`)}。`],
      list: some(when(emails, `用户：${emails}`), when(addresses, `来源地址：${addresses}`)),
      after: ['您收到此邮件，是因为您的地址在通知设置中。'],
    }),
    deletion_request: ({ company, account, requested_by }) => ({
      subject: `已请求删除账户“${company}”`,
      says: [`已请求删除账户“${company}”${when(account, `（${account}）`)}。${when(requested_by, `请求人：${requested_by}。`)}`],
      after: ['您收到此邮件，是因为您的地址在通知设置中。'],
    }),
    security_changed: ({ brand, change, token, tokens, passkeys, at, addresses, reason }) => ({
      subject: `${brand}：${changes[change]}`,
      says: [`${changes[change]}。此更改涉及您在 ${brand} 的账号。`],
      list: some(
        when(token, `令牌：${token}`),
        when(reason, `原因：${reason}`),
        when(at, `时间：${at}`),
        when(addresses, `来源地址：${addresses}`),
        when(tokens, `仍然有效的 API 令牌：${tokens}`),
        when(passkeys, `仍然有效的通行密钥：${passkeys}`),
      ),
      ...((tokens || passkeys) && { button: '终止所有 API 令牌和通行密钥' }),
      after: [
        change === 'email'
          ? '今后无法再用此地址登录，与您账号有关的邮件也不再发送到此地址。如果您不同意此更改，请立即与我们联系：设置新密码的邮件只会发送到另一个地址。'
          : '如果这既不是您本人操作，也未经您同意，请立即请求设置新密码，并与我们联系：可能有其他人登录了您的账号。',
      ],
    }),
    wrong_codes: ({ brand, attempts, at, addresses }) => ({
      subject: `${brand}：有人知道您的密码`,
      says: [`有人在 ${brand} 输入了您的正确密码，随后输入了错误的验证码${when(attempts, `（连续 ${attempts} 次）`)}。登录未成功。`],
      list: some(when(at, `时间：${at}`), when(addresses, `来源：${addresses}`)),
      after: ['如果不是您本人操作，请立即更换密码，这些尝试也会随之失效。'],
    }),
    sso_exception: ({ brand, email, provider, at, addresses }) => ({
      subject: `${brand}：${email || '有用户'} 未通过 ${provider || '身份提供商'} 登录`,
      says: [`${email || '有用户'} 以例外方式登录了 ${brand}，而此处要求通过${provider ? `“${provider}”` : '身份提供商'}登录。`],
      list: some(when(at, `时间：${at}`), when(addresses, `来源：${addresses}`)),
      after: ['您是管理员，因此收到此邮件。如果没有理由这样登录，请结束该用户的会话。'],
    }),
    sso_in_place_of_password: ({ brand, provider }) => ({
      subject: `请通过 ${provider || '贵公司'} 登录 ${brand}`,
      says: [
        `有人请求重置您在 ${brand} 的密码。您在那里不使用密码登录，而是通过${provider ? `“${provider}”` : '贵公司的身份提供商'}登录。`,
      ],
      after: ['如果不是您本人操作，请忽略此邮件。'],
    }),
    test: ({ brand }) => ({
      subject: `${brand} 的测试邮件`,
      says: ['您的邮件就是这个样子。能读到此邮件，说明邮件服务器工作正常。'],
    }),
  },
}
