occasions-title = 特殊日期
occasions-sub = 与平常不同的日子：不作为常态的依据，并显示在变更日历上
occasions-new = 添加特殊日期
occasions-edit = 编辑特殊日期
occasions-import = 导入日历
occasions-current = 只看将来的
occasions-past = 也看已过去的
occasions-empty = 没有特殊日期
occasions-empty-text = 节假日、发薪日和大促与平常不同。请逐个添加，或导入日历。
occasions-everybody = 所有人
occasions-kind = 类型
occasions-kind-hint = 同一类型的日子被认为彼此相似
occasions-kind-holiday = 节假日
occasions-kind-payday = 发薪日
occasions-kind-event = 活动
occasions-name = 名称
occasions-days = 日期
occasions-first = 第一天
occasions-last = 最后一天
occasions-last-hint = 留空：只有一天
occasions-next = 下一次
occasions-over = 已过去
occasions-zone-hint = IANA 时区名，例如 Asia/Shanghai；各天按该时区起止
occasions-rrule-hint = 例如 FREQ=MONTHLY;BYMONTHDAY=-1 表示每月最后一天。只有一次则留空。
occasions-without = 除外的日期
occasions-without-hint = 形如 2026-10-01，多个之间以空格分隔：在这些日期开始的各次不再出现
occasions-but = 除外：{ $days }{ $more ->
    [0] { "" }
   *[other] {" "}等另 { $more } 天
}
occasions-remove = 移除
occasions-remove-text = { $name } 将重新按平常日子计算。
occasions-expect-date = 形如 2025-10-01 的日期
occasions-expect-last = 第一天 { $first } 或更晚的日期
occasions-expect-again = 不重复的日期不填此项
occasions-expect-days = 最多 { $max } 天
occasions-expect-calendar = iCalendar 文件：以 BEGIN:VCALENDAR 开头，以 END:VCALENDAR 结尾
occasions-expect-shallow = 嵌套不超过 { $max } 层的日历
occasions-expect-events = 至少含一个 VEVENT 的日历
occasions-expect-at-most = 最多 { $max } 个事件的日历
occasions-conflict-edited = 您打开之后已有人编辑过此特殊日期。请重新载入后再编辑。
occasions-left-without-name = 没有 SUMMARY
occasions-left-cancelled = 已取消
occasions-left-with-time = 带有时刻；特殊日期只能是整天
occasions-left-without-day = 没有可读的日期
occasions-left-known = 已经存在
occasions-import-title = 导入日历
occasions-import-sub = iCalendar 文件中的整天事件将成为同一类型的特殊日期
occasions-text = 日历内容
occasions-text-hint = .ics 文件的内容
occasions-plan = 预览结果
occasions-take = 导入
occasions-would = 将导入 { $count } 个事件
occasions-taken = 已导入 { $count } 个事件
occasions-left = { $count ->
    [0] 没有被略过的事件。
   *[other] 略过 { $count } 个。
}
occasions-events = 日历中的事件
occasions-fate = 处理结果
occasions-fate-taken = 已导入
occasions-fate-left = 已略过
toast-occasion-added = 已添加特殊日期
toast-occasion-changed = 已更改特殊日期
toast-occasion-removed = 已移除特殊日期
