calendars-title = 外部日历
calendars-one = 外部日历
calendars-sub = 按地址定期读取；其事件显示在变更日历上
calendars-new = 添加外部日历
calendars-new-sub = 立即读取，之后定期读取
calendars-add = 添加
calendars-empty = 没有外部日历
calendars-empty-text = 添加 iCalendar 订阅地址，其事件将与变更并列显示。
calendars-name = 名称
calendars-host = 来源
calendars-url = 地址
calendars-url-hint = .ics 文件的 https:// 或 webcal:// 地址。加密保存，只显示主机名。
calendars-zone-hint = IANA 时区名，如 Asia/Shanghai；用于全天事件和未注明时区的时间
calendars-field-every = 读取间隔（分钟）
calendars-every-hint = 15 至 10,080
calendars-every = 每 { $length }
calendars-state = 状态
calendars-events = 事件
calendars-left = { $count ->
    [one] 一个未收录：无法读取
   *[other] { $count } 个未收录：无法读取
}
calendars-read = 读取于
calendars-unread = 即将读取
calendars-never-read = 从未读取
calendars-failing = 无法读取，始于
calendars-refresh = 立即读取
calendars-remove = 移除
calendars-remove-text = 不再读取 { $name }，其事件随之消失。
calendars-conflict-most = 已有 { $max } 个外部日历，不再读取更多。请先移除一个。
toast-calendar-added = 已添加日历，正在读取
toast-calendar-refresh = 正在读取日历
toast-calendar-removed = 已移除日历
