# 变更、审批、封网。
changes-title = 变更日历
changes-sub = 正在变更什么，是否安全？时间按 { $zone } 显示。
changes-new = 申请变更
changes-new-title = 申请变更
changes-edit = 编辑
changes-edit-title = 编辑 { $number }
changes-edit-voids = 保存不同的内容会使已有的 { $count } 个审批失效。
changes-print = 打印
changes-back = 返回
changes-save = 保存
changes-save-draft = 存为草稿
changes-check = 检查冲突
changes-choose = — 请选择 —
changes-acts = 可执行的操作
changes-facts = 基本信息
changes-content = 审批内容
changes-content-show = 查看方案与回退
changes-timeline = 时间线
changes-comment = 评论
changes-since = 审批后的改动
changes-impact-none = 未描述。

changes-view = 视图
changes-view-lanes = 泳道
changes-view-week = 周
changes-view-month = 月
changes-view-agenda = 日程
changes-view-list = 列表
changes-when = 日期
changes-earlier = ← 更早
changes-later = 更晚 →
changes-today = 今天
changes-tomorrow = 明天
changes-week = 一周
changes-more = 还有 { $count } 个
changes-day-1 = 周一
changes-day-2 = 周二
changes-day-3 = 周三
changes-day-4 = 周四
changes-day-5 = 周五
changes-day-6 = 周六
changes-day-7 = 周日
changes-lanes-label = 按团队的变更
changes-cut = 仅绘制前 { $count } 个变更，请缩小筛选条件或日期范围。
changes-empty = 这些天没有计划的变更。
changes-empty-filter = 没有符合条件的变更。
changes-filter-text = 标题、申请人或编号

changes-state-draft = 草稿
changes-state-pending = 待审批
changes-state-approved = 已批准
changes-state-scheduled = 已排期
changes-state-executing = 执行中
changes-state-observing = 观察中
changes-state-closed = 已关闭
changes-state-rejected = 已驳回
changes-state-cancelled = 已撤回
changes-risk-low = 低风险
changes-risk-medium = 中风险
changes-risk-high = 高风险
changes-risk-low-long = { $word }：常规操作，容易回退
changes-risk-medium-long = { $word }：可能被感知
changes-risk-high-long = { $word }：可能影响客户，需两人审批
changes-outcome-success = 成功
changes-outcome-degraded = 有降级
changes-outcome-rolled-back = 已回退

changes-field-number = 编号
changes-field-title = 标题
changes-field-state = 状态
changes-field-systems = 系统
changes-field-system = 系统
changes-field-team = 团队
changes-field-window = 窗口
changes-field-start = 开始
changes-field-end = 结束
changes-field-zone = 时区
changes-field-risk = 风险
changes-field-risk-reason = 风险依据
changes-field-impact = 影响
changes-field-plan = 方案
changes-field-rollback = 回退方案
changes-field-requester = 申请人
changes-field-created = 申请时间
changes-field-started = 开始执行
changes-field-finished = 执行结束
changes-field-version = 版本
changes-field-caused = 已确认导致
changes-field-hash = 内容哈希（SHA-256）
changes-field-remark = 说明
changes-field-reject-reason = 驳回理由
changes-field-outcome = 结果
changes-field-comment = 评论
changes-field-scope = 范围
changes-field-reason = 原因
changes-field-author = 设置人
changes-hint-title = 一行，说明变更之后有什么不同。
changes-hint-systems = 列出涉及的每个系统，所有归属团队都须同意。
changes-team-of-system = 第一个系统的归属团队
changes-hint-zone = IANA 名称，例如 Asia/Shanghai。开始与结束为该时区的本地时间。
changes-hint-risk-reason = 给审批人的一句话。
changes-hint-impact = 谁会感知到什么，持续多久。支持 Markdown。
changes-hint-plan = 逐步写明。支持 Markdown。
changes-hint-rollback = 如何回退，最晚到何时可以回退。支持 Markdown。
changes-hint-markdown = 支持 Markdown。
changes-hint-outcome = 除非一切按计划完成，否则必填。
changes-hint-reason = 被拒绝执行的人会看到它。
changes-hint-scope-team = 用于单个团队的封网：该团队的变更，以及其系统上的所有变更。
changes-hint-scope-systems = 用于个别系统的封网。

changes-window-length = 实际时长 { $length }
changes-window-gap = { $time } 在 { $zone } 当天不存在（时钟拨快），按 { $read } 处理。
changes-window-overlap = { $time } 在 { $zone } 当天出现两次（时钟拨慢），按第一次处理。

changes-conflicts = 冲突
changes-conflicts-none = 没有已知的冲突。
changes-clash-freeze = 封网
changes-clash-same-system = 同一系统
changes-clash-dependency = 依赖
changes-clash-same-team = 同一团队
changes-clash-incident = 未解决故障
changes-conflict-freeze = 封网“{ $with }”，{ $from } – { $to }：无法开始执行。
changes-conflict-same-system = { $with } 同时操作 { $system }，{ $from } – { $to }。
changes-conflict-dependency = { $with } 操作有依赖关系的 { $system }，{ $from } – { $to }。
changes-conflict-same-team = { $with } 由同一团队执行，{ $from } – { $to }。
changes-conflict-incident = { $system } 上的 { $with } 尚未解决。

changes-approval = 审批
changes-approval-count = 已有 { $given } / { $needed } 个审批
changes-step-requested = 已申请
changes-step-approved = 已批准
changes-step-rejected = 已驳回
changes-step-waiting = 审批
changes-step-who = 对所涉及的每个系统都有审批权限、且既非申请人也非撰写人的人
changes-void = 已失效（针对其他内容）
changes-approve = 批准
changes-reject-ask = 驳回…
changes-reject = 驳回
changes-request = 提交审批
changes-schedule = 排期
changes-start = 开始执行
changes-finish = 执行结束
changes-close = 关闭
changes-cancel = 撤回
changes-cancel-text = 该变更将不再执行，且无法恢复。

changes-entry-created = 创建了变更
changes-entry-edited = 修改了内容
changes-entry-submitted = 提交了审批
changes-entry-approved = 批准
changes-entry-rejected = 驳回
changes-entry-voided = 使审批失效
changes-entry-voided-count = 使已有的 { $count } 个审批失效
changes-entry-scheduled = 已排期
changes-entry-started = 开始执行
changes-entry-finished = 执行结束
changes-entry-closed = 已关闭
changes-entry-cancelled = 撤回了变更
changes-entry-comment = 评论
changes-entry-note = 记录

changes-approvals-title = 待我审批
changes-approvals-count = { $count ->
    [0] 没有待审批的变更
   *[other] { $count } 个变更待审批
}
changes-approvals-empty = 没有等待你审批的变更。
changes-approvals-empty-text = 当你对变更所涉及的每个系统都有审批权限，且既非申请人也非撰写人时，变更会出现在这里。

changes-freeze = 封网
changes-freezes = 封网
changes-freezes-sub = 在这些时段内变更不能开始。
changes-freezes-past = 包含已结束的
changes-freezes-current = 仅当前与将来的
changes-freezes-empty = 没有设置封网。
changes-freezes-empty-text = 变更获批后，在其窗口内即可开始。
changes-freeze-new = 设置封网
changes-freeze-edit = 编辑封网
changes-freeze-lift = 解除
changes-freeze-lift-text = “{ $reason }”的时段内变更又可以开始。
changes-scope-all = 全部
changes-scope-team = 单个团队
changes-scope-team-of = 团队 { $team }
changes-scope-systems = 个别系统

changes-feeds = 日历订阅
changes-feeds-sub = 在任意日历中订阅团队的变更与封网。持有地址的人均可读取。
changes-feeds-empty = 没有你可以读取的团队日历。
changes-feed-renew = 更换地址
changes-feed-renew-text = { $team } 的现有地址将立即失效。

toast-change-requested = 已提交审批。
toast-change-saved = 已保存。
toast-change-voided = 已保存。此前的审批已失效。
toast-change-approved = 已批准。
toast-change-rejected = 已驳回。
toast-change-scheduled = 已排期。
toast-change-started = 已开始执行。
toast-change-finished = 执行已结束。
toast-change-closed = 已关闭。
toast-change-cancelled = 已撤回。
toast-change-commented = 已添加评论。
toast-freeze-set = 封网已设置。
toast-freeze-changed = 封网已修改。
toast-freeze-lifted = 封网已解除。
toast-feed-renewed = 日历地址已更换。

conflict-change-state = 变更处于“{ $state ->
    [draft] 草稿
    [pending] 待审批
    [approved] 已批准
    [scheduled] 已排期
    [executing] 执行中
    [observing] 观察中
    [closed] 已关闭
    [rejected] 已驳回
   *[cancelled] 已撤回
}”状态，不能执行此操作。
conflict-change-own = 该变更由你申请，须由他人审批。
conflict-change-own-edit = 该变更的现有内容由你撰写，须由他人审批。
conflict-change-approved-already = 你已对该内容给出审批意见。
conflict-change-other-teams = 它涉及你没有审批权限的团队的系统。
conflict-change-edited = 在你阅读之后内容已被修改，请重新阅读。
conflict-change-unchanged = 该变更正是因此内容被驳回。请先修改再重新提交。
conflict-change-moved = 其间已有他人操作，请重新查看。
conflict-change-too-early = 时间未到：窗口于 { $opens }（{ $zone }）开启，还有 { $length_ms }。
conflict-change-too-late = 时间已过：窗口已于 { $closed }（{ $zone }）关闭，{ $length_ms }前。新的窗口需要重新审批。
conflict-change-frozen = 窗口处于封网期：“{ $reason }”，{ $from } – { $until }（{ $zone }）。

changes-expect-system = 你可以读取的系统的标识或 id
changes-expect-a-system = 至少一个系统
changes-expect-at-most-systems = 最多 { $max } 个系统
changes-expect-team = 你可以读取的团队的 id
changes-expect-wall-time = 日期与时间，例如 2025-03-14T02:00
changes-expect-time-that-exists = 存在的时间：{ $zone } 没有 { $time }，当天时钟拨快跳过了它
changes-expect-after-start = 晚于开始时间 { $start } 的时刻
changes-expect-window-at-most-days = 开始之后最多 { $max } 天
changes-expect-window-ahead = 尚未过去的结束时间
changes-expect-content-hash = 所阅读内容的哈希，64 位十六进制
changes-expect-reason = 用文字说明理由
changes-expect-rfc3339 = 时刻，例如 2025-03-14T06:05:00Z；from 与 to 须同时给出
changes-expect-date = 日期，例如 2025-03-14
