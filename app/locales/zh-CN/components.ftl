# 所有页面共用组件的文字。
severity-p1 = P1 紧急
severity-p2 = P2 高
severity-p3 = P3 警告
severity-p4 = P4 提示
status-up = 正常
status-degraded = 降级
status-down = 中断
status-maintenance = 维护
status-no-data = 无数据

pager-label = 分页
pager-shown = 显示 { $count } 行
pager-first = 首页
pager-next = 下一页
pager-csv = CSV

empty-clear-filters = 清除筛选

field-optional = （选填）
field-expected = 应为：{ $expected }
field-range = { $min } 至 { $max }
confirm-type-name = 请输入“{ $name }”以确认
dialog-close = 关闭
copy = 复制
copy-done = 已复制

duration-ms = { $n } 毫秒
duration-s = { $n } 秒
duration-min = { $n } 分
duration-h = { $n } 小时
duration-d = { $n } 天
duration-two = { $a } { $b }
delta-points = { $n } 个百分点
delta-up = 上升
delta-down = 下降
delta-flat = 持平
kpi-failed = { $total } 笔中失败 { $failed } 笔

when-now = 刚刚
when-ago = { $duration }前
when-until = { $duration }后
when-goes-on = 至今

range-label = 时间范围
range-15m = 15 分钟
range-1h = 1 小时
range-6h = 6 小时
range-24h = 24 小时
range-7d = 7 天
range-30d = 30 天
range-13mo = 13 个月
range-yesterday = 昨天
range-last-week = 上周同期
range-own = 其他范围
range-from = 从
range-to = 到
range-hint = { $zone } 的本地时间，或相对时间，如 now-6h、now-1d/d。
range-show = 显示
expect-moment = 时刻，如 now-6h、now-1d/d、2025-03-14T14:05 或 2025-03-14T06:05:00Z
expect-after = 晚于 { $earlier } 的时刻

filter-filters = 筛选
filter-count = 已设 { $count } 项
filter-apply = 筛选
filter-clear = 清除
filter-all = 全部

step-done = 已完成
step-current = 等待中
step-next = 未开始
step-refused = 已拒绝
diff-added = 新增
diff-removed = 删除

log-lines = { $count } 行
log-follow = 跟随
log-download = 下载

chart-view-data = 查看数据
chart-save-png = 保存为 PNG
chart-time = 时间（{ $zone }）
chart-every = { $title }，每 { $step } 个点取一个
chart-nothing = 此范围内没有数据。
bars-cumulated = 累计

again-days = { $every ->
    [1] 每天
   *[other] 每 { $every } 天
}
again-weeks = { $every ->
    [1] 每周（{ $days }）
   *[other] 每 { $every } 周（{ $days }）
}
again-months = { $every ->
    [1] 每月（{ $days }）
   *[other] 每 { $every } 个月（{ $days }）
}
again-years = { $every ->
    [1] 每年 { $month }{ $day }日
   *[other] 每 { $every } 年 { $month }{ $day }日
}
again-workdays = 周一至周五
again-workday = 工作日（周一至周五）
again-day = { $day }日
again-last-day = 最后一天
again-nth = { $which ->
    [1] 第一个{ $day }
    [2] 第二个{ $day }
    [3] 第三个{ $day }
    [4] 第四个{ $day }
    [5] 第五个{ $day }
   *[other] 最后一个{ $day }
}
again-comma = 、
again-at = { $often }{ $time }
again-until = { $text }，至 { $day }
weekday-1 = 周一
weekday-2 = 周二
weekday-3 = 周三
weekday-4 = 周四
weekday-5 = 周五
weekday-6 = 周六
weekday-7 = 周日
month-1 = 1月
month-2 = 2月
month-3 = 3月
month-4 = 4月
month-5 = 5月
month-6 = 6月
month-7 = 7月
month-8 = 8月
month-9 = 9月
month-10 = 10月
month-11 = 11月
month-12 = 12月
