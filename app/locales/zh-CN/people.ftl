# 登录
people-login-title = 登录
people-login = 登录名
people-login-hint = 2 至 64 个小写字母、数字、点、连字符、下划线或 @
people-login-act = 登录
people-login-refused = 登录名或密码不正确。
people-login-refused-text = 同一地址输错 10 次密码后，该账号在此地址锁定 15 分钟。
people-login-unmade = Evenkeel 尚未完成初始设置。
people-login-unmade-text = 启动时已输出一次性的设置链接：请查看进程的输出或系统日志。一天之后链接失效，重新启动即可得到新的链接。
people-password = 密码
people-password-new = 新密码
people-password-first = 初始密码
people-password-again = 再次输入新密码
people-password-current = 当前密码
people-password-hint = 至少 12 个字符；由几个词组成最容易记住。
people-setup-title = 初始化 Evenkeel
people-setup-text = 您是第一位用户。本页只能使用一次：将创建第一个团队，并使您成为管理员。
people-setup-team = 第一个团队的名称
people-setup-team-hint = 第一批系统所属的团队，以后可以再添加。
people-setup-tools = 允许在本机运行工具
people-setup-tools-hint = 管理员可以定义在本机执行的命令。可以保持关闭。
people-setup-act = 开始使用
people-setup-closed = 此设置链接无法打开
people-setup-used = 链接已被使用，Evenkeel 已完成设置。有账号的人可以登录。
people-setup-old = 只有最新的链接可以打开，有效期一天：请查看最近一次启动的输出。

# 个人
people-profile-title = 个人资料
people-about-me = 关于我
people-name = 姓名
people-setup-email-hint = 配置邮件服务器（mail.host）后，呼叫也会发到此邮箱；每个人可在个人设置中停用。
people-email = 邮箱
people-language = 语言
people-language-browser = 跟随浏览器
people-zone = 时区
people-zone-hint = 例如 Asia/Shanghai。留空则使用浏览器的时区。
people-theme = 主题
people-theme-system = 跟随设备
people-theme-light = 浅色
people-theme-dark = 深色
people-theme-cookie = 按此浏览器的选择
people-keyboard = 启用单键操作
people-keyboard-hint = 例如按 “a” 确认告警。按 “?” 查看全部按键。
people-save = 保存
people-sessions = 会话
people-agent = 浏览器
people-address = 地址
people-begun = 开始
people-seen = 最近使用
people-acts = 操作
people-this-session = 当前会话
people-session-end = 结束
people-password-change = 修改密码
people-password-others-end = 您的其他会话将全部结束。
people-password-act = 修改密码

# 用户
people-users = 用户
people-users-none = 没有符合条件的用户。
people-user-new = 新建用户
people-user-add = 添加用户
people-search = 姓名、登录名或邮箱
people-team = 团队
people-every-team = 所有团队
people-state = 状态
people-enabled = 可登录
people-disabled = 已停用
people-locked = 已锁定
people-locked-until = 锁定至
people-account = 账号
people-created = 创建时间
people-trail = 审计记录
people-memberships = 团队角色
people-memberships-none = 尚无角色：该用户看不到任何内容。
people-membership-add = 授予角色
people-membership-remove = 收回
people-edit = 编辑
people-password-set = 设置密码
people-password-set-act = 设置密码
people-password-ends-sessions = 该用户的所有会话将结束。
people-enable = 重新启用
people-disable = 停用
people-disable-text = { $name } 将立即退出登录，重新启用之前无法登录。
people-unlock = 解锁

# 团队
people-teams = 团队
people-teams-text = 系统、工具和变更都归属于团队。
people-team-name = 名称
people-team-new = 新建团队
people-team-add = 添加团队
people-team-remove = 删除团队
people-team-remove-text = 将删除团队 { $name }。拥有对象或仍有成员的团队不会被删除。
people-key = 标识
people-key-hint = 小写字母、数字和连字符
people-team-key-hint = 小写字母、数字和连字符。留空则由名称生成。
people-members = 成员

# 角色
people-role = 角色
people-role-none = 暂不授予
people-roles = 角色
people-roles-text = 角色是一组权限，以及持有者登录后首先看到的页面。
people-role-new = 新建角色
people-role-add = 添加角色
people-role-name = 英文名称
people-role-name-zh = 中文名称
people-role-remove = 删除角色
people-role-remove-text = 将删除角色 { $name }。仍有人持有的角色不会被删除。
people-home = 首屏
people-home-hint = 本站的路径，例如 /alerts?mine=1
people-permissions = 权限
people-permissions-all = 全部

# 令牌
people-tokens = API 令牌
people-tokens-text = 供调用 /api/v1 的程序使用。令牌的权限永远不超过其所有者。
people-tokens-mine = 我的令牌
people-tokens-everybody = 所有人的令牌
people-tokens-none = 没有令牌。
people-addresses = 日历地址
people-addresses-text = 团队与值班表的日历为您提供专属地址，无需登录即可打开。如果他人得知了您的地址，请更换。
people-addresses-renew = 更换我的地址
people-addresses-renew-text = 您的全部团队日历与值班表日历地址将立即失效；他人的地址不受影响。
people-token-name = 名称
people-token-name-hint = 用途，例如“网关的 CI”
people-token-owner = 所有者
people-token-days = 有效期
people-days = 天
people-token-permissions-hint = 只能授予您自己拥有的权限。
people-token-new = 新建令牌
people-token-act = 生成令牌
people-token-used = 最近使用
people-token-ends = 到期
people-token-revoke = 吊销
people-token-revoke-text = 使用 { $name } 的程序将从现在起被拒绝。
people-token-revoked = 已吊销
people-token-expired = 已过期
people-token-once = 请立即复制令牌。它只显示这一次。

# 确认
toast-people-saved = 已保存
toast-people-password = 密码已修改
toast-people-session-ended = 会话已结束
toast-people-addresses = 您的日历地址已更换
toast-people-user-added = 用户已添加
toast-people-disabled = 用户已停用
toast-people-enabled = 用户可以重新登录
toast-people-unlocked = 账号已解锁
toast-people-team-added = 团队已添加
toast-people-team-removed = 团队已删除
toast-people-role-added = 角色已添加
toast-people-role-removed = 角色已删除
toast-people-token-revoked = 令牌已吊销

# 正确的输入
expect-login = 2 至 64 个字符：小写字母、数字、点、连字符、下划线或 @，以字母或数字开头
expect-email = 邮箱地址，例如 name@example.org
expect-password-length = 至少 { $min } 个字符
expect-password-harder = 至少含 5 个不同字符且不包含登录名的密码
expect-same-password = 与上面相同的密码
expect-current-password = 您的当前密码
expect-local-path = 本站以 / 开头的路径

# 拒绝
conflict-needs-session = 此操作只能由已登录的用户完成，不能使用令牌。
conflict-last-administrator = 这样将没有人能管理用户和角色。请先让其他人成为管理员。
conflict-gives-more-than-held = 该角色的权限超过您自己，因此您不能授予或修改它。
conflict-holds-more-than-you = 该用户的权限超过您，只有权限不低于其的人才能修改该账号。
conflict-team-has-members = 该团队仍有成员。请先收回他们的角色。

# 权限含义
permission-read = 查看系统及其所属内容
permission-alerts-acknowledge = 确认告警
permission-alerts-silence = 静默告警
permission-alerts-route = 设置告警通知路由与接入
permission-alerts-ingest = 上报告警
permission-incidents-work = 新建和更新故障工单
permission-monitors-edit = 编辑监控项
permission-systems-edit = 编辑系统
permission-changes-request = 申请变更
permission-changes-approve = 审批变更
permission-changes-execute = 安排和执行变更
permission-freezes-set = 设置封网
permission-tools-run-safe = 运行标记为安全的工具
permission-tools-run = 运行团队的任何工具
permission-runs-approve = 审批工具执行
permission-tools-define = 定义工具
permission-transactions-ingest = 上报交易
permission-deployments-post = 上报部署
permission-export = 导出列表
permission-oncall-manage = 管理值班表和升级策略
permission-channels-manage = 管理通知渠道
permission-people-manage = 管理用户、团队和角色
permission-tokens-manage = 生成 API 令牌
permission-audit-read = 查看审计记录
permission-settings-manage = 修改设置并查看门户健康状况
people-password-due = 尚未自设密码
people-password-keep = 允许继续使用此密码
people-password-keep-hint = 否则用户登录时须自行设置新密码。
people-due-title = 设置你的密码
people-due-why = 你登录所用的密码由他人设置。
people-due-text = 因此还有别人知道它。请设置只有你知道的密码，然后继续。
expect-other-password = 与当前密码不同的密码
conflict-password-due = 此会话使用他人设置的密码登录；请先在 /password 设置自己的密码。
