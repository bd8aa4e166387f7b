# 告警规则
rules-title = 告警规则
rules-sub = 反复查看的数值；成立的排在最前
rules-new = 新建规则
rules-edit = 编辑
rules-edit-title = 编辑 { $name }
rules-save = 保存
rules-try = 用最近 24 小时试一试
rules-cancel = 取消
rules-pause = 暂停
rules-resume = 恢复
rules-delete = 删除
rules-delete-text = 删除 { $name }。它触发的告警随即结束。
rules-empty = 还没有规则
rules-empty-text = 规则查看一个数值（交易的，或指标来源的），不良持续够久就告知有关人员。
rules-no-match = 没有匹配的规则
rules-search = 名称、分组或系统
rules-state = 状态
rules-name = 名称
rules-name-hint = 触发时出了什么问题，例如“成功率偏低”
rules-group = 分组
rules-system = 系统
rules-team = 团队
rules-source = 指标来源
rules-choose-one = — 请选择 —
rules-severity = 严重程度
rules-since = 自
rules-evaluated = 上次评估
rules-missed = 错过的评估
rules-holding = 成立 / 数值
rules-what = 规则内容
rules-reads = 读取
rules-kind = 读取什么
rules-kind-query = PromQL 的应答
rules-kind-kept = 留存序列
rules-kind-transactions = 交易
rules-kind-unusual = 异常交易
rules-expr = PromQL
rules-expr-hint = 写法同 Prometheus 规则，例如 up == 0
rules-selector = 序列
rules-selector-hint = 选择器，例如 queue_length{"{"}queue="orders"{"}"}
rules-over = 窗口
rules-over-hint = 1 分钟到 7 天：5m、1h
rules-over-unusual-hint = 1 分钟到 1 小时，与前些天同一 UTC 时间相比：时钟调整后的 13 天内相差一小时
rules-fold = 窗口取
rules-fold-last = 最后值
rules-fold-mean = 平均值
rules-fold-min = 最小值
rules-fold-max = 最大值
rules-measure = 查看什么
rules-measure-volume = 交易量（窗口内笔数）
rules-measure-success = 成功率（%）
rules-measure-p99 = 时延 p99（毫秒）
rules-measure-code = 带这些返回码的失败
rules-measure-amount = 金额（窗口内合计，单一币种）
rules-currency = 币种
rules-currency-hint = 仅用于金额：CNY、EUR
rules-code = 返回码
rules-code-hint = 仅用于按返回码统计失败；多个用逗号分隔
rules-link = 链路
rules-merchant = 商户
rules-channel = 渠道
rules-several = 多个用逗号分隔；留空为全部
rules-where = 其他维度
rules-where-hint = 已声明交易流的维度，例如 region=eu, stream=shop/booking
rules-unusual-volume = 交易量（比平常多或少）
rules-unusual-success = 失败数（比平常多）
rules-unusual-p99 = p99 时延（比平常慢）
rules-unusual-code = 这些返回码的失败数（比平常多）
rules-by = 逐个取值
rules-zone = 按日比较的时区
rules-zone-hint = IANA 名称，例如 Asia/Shanghai：按当地时刻比较，夏令时切换也不受影响；留空为 UTC。节假日与发薪日不计入，或与同类日子比较
rules-by-hint = 维度，例如 merchant 或 link：前些天交易最多的 500 个取值各自单独判断，误报率统一控制，新取值暂不判断；留空则判断整体
rules-weeks = 与往周相比
rules-weeks-hint = 2 到 8：数值即为相对于往周同一时段中位数的偏差百分比
rules-compare = 何时算不良
rules-compare-present = 只要有值（表达式本身说明何为不良）
rules-compare-above = 高于
rules-compare-below = 低于
rules-fire = 触发阈值
rules-fire-hint = 一个数字
rules-surprise = 触发的意外度
rules-surprise-hint = 3：一千个时段中偶然出现一次；6：一百万个中一次。留空为 6
rules-recover = 恢复阈值
rules-recover-hint = 留空则相同
rules-recover-half = 留空则为其一半
rules-for = 持续
rules-for-hint = 须不良这么久：0s 到 90d
rules-keep = 保持触发
rules-keep-hint = 须良好这么久：0s 到 90d
rules-interval = 每隔
rules-interval-hint = 10 秒到 1 小时
rules-no-data = 无数据时
rules-no-data-hint = 来源无应答一律为未知
rules-no-data-keep = 无人知晓：保持原状
rules-no-data-alert = 算不良：触发
rules-no-data-ok = 算良好
rules-severity-label = 由标签定严重程度
rules-severity-label-hint = 写有 critical、warning 等的标签名
rules-severity-steps = 由分级定严重程度
rules-severity-steps-hint = 每行一条，先成立者为准：> 50: P1 或 {"{"}tier="1"{"}"}: P2，也可两者并用：{"{"}tier="1"{"}"} > 10: P1。数值可用 >、>=、<、<= 和 == 比较。
rules-labels = 标签
rules-labels-hint = 每行一条，写作 name: text；会填入 {"{{"} $labels.instance {"}}"} 之类的模板
rules-annotations = 注解
rules-annotations-hint = 每行一条，例如 summary: {"{{"} $labels.instance {"}}"} is at {"{{"} $value | humanize {"}}"}；交易类规则可用 {"{{"} finding {"}}"}，给出已查明的切片说明
rules-annotations-zh = 中文注解
rules-annotations-zh-hint = 每行一条，名称与上面相同，例如 summary：以中文阅读者看到的是这里的文字。只在其中一处写明的名称，两种语言都用它
rules-runbook = 处置手册
rules-when-present = 表达式给出值即为不良
rules-when-above = 高于 { $fire } 为不良，回到 { $recover } 为良好
rules-when-below = 低于 { $fire } 为不良，回到 { $recover } 为良好
rules-reads-kept = { $selector }：{ $over } 的{ $fold }
rules-reads-unusual = { $over } 内的{ $measure } { $chosen }，与前些天相比
rules-reads-unusual-by = { $over } 内的{ $measure } { $chosen }，按 { $by } 逐个与前些天相比
rules-reads-transactions = { $over } 内的{ $measure } { $chosen }
rules-shown-holding = 成立
rules-shown-unknown = 未知
rules-shown-no-data = 无数据
rules-shown-new = 尚未评估
rules-shown-paused = 已暂停
rules-shown-quiet = 平静
rules-holds = 成立
rules-holds-not = 不成立
rules-notice-unknown = 无人知晓。已触发的保持原状。
rules-notice-no-data = 没有数值。
rules-told-kind = 应答类型为 { $kind }，应为向量或数值
rules-told-no-number = 应答中有一个值不是数字
rules-told-late = 来源来不及回答全部提问
rules-told-sets = 共 { $sets } 组标签：判断其中 { $most } 组，其余 { $left } 组未判断
rules-values = 数值
rules-most = 最大
rules-mean = 平均
rules-least = 最小
rules-chart-summary = 介于 { $least } 与 { $most } 之间，粒度 { $width }。
rules-instances = 标签组合
rules-instances-none = 没有值得关注的标签组合
rules-label-set = 标签
rules-value = 数值
rules-tried = 最近 24 小时会触发 { $fired } 次，合计 { $lasting }
rules-tried-text = { $series } 个标签组，{ $moments } 个时刻，其中 { $gaps } 个没有值。
rules-tried-began = （约始于 { $at }，{ $delay } 后触发）
rules-tried-still = 现在
rules-tried-run = { $from } – { $until }，最差 { $worst } { $labels }
rules-import = 导入
rules-import-title = 导入 Prometheus 规则
rules-import-sub = 规则保留其表达式，向查询来源提问；记录规则留在原处
rules-yaml = 规则文件
rules-yaml-hint = 含 groups 的 YAML，与 Prometheus 加载的相同，或 Kubernetes 的 PrometheusRule
rules-plan = 查看会发生什么
rules-take = 接管
rules-import-planned = 尚未做任何更改
rules-import-done = 已接管
rules-import-counts = 新增 { $created } 条，更改 { $updated } 条，不变 { $same } 条，未能接管 { $refused } 条
rules-import-lines = 逐条说明
rules-fate = 结果
rules-fate-create = 新增
rules-fate-update = 更改
rules-fate-same = 不变
rules-fate-refused = 未能接管
rules-notes = 说明
rules-note-recording = 记录规则：请留在存储序列之处
rules-note-unnamed = 既没有 alert 也没有 record
rules-note-duration = “{ $text }”不是时长
rules-note-name = 名称过长或含有不可打印的字符
rules-note-expr = 表达式缺失、过长或含有不可打印的字符
rules-note-bounds = { $what } { $text } 改为 { $seconds } 秒
rules-note-group = 未导入该组的 { $what }
rules-note-text = 未导入{ $what ->
        [label] 标签
        [group-label] 该组的标签
       *[annotation] 注释
    } { $name }：{ $why ->
        [unclosed] 缺少结尾
        [empty] 其中没有内容
        [block] if、with、else 与 end 不配对
        [bracket] 括号不配对
        [arguments] { $word } 的参数个数不对
        [pattern] { $word } 不是正则表达式
       *[unknown] 此处不认识 { $word }
    }

rules-expect-number = 一个数字
rules-expect-at-most = 不大于 { $fire } 的数字：高于才触发，则须等于或低于才恢复
rules-expect-at-least = 不小于 { $fire } 的数字：低于才触发，则须等于或高于才恢复
rules-expect-threshold = 留空，或给出阈值：偏差需要阈值
rules-expect-step = 形如 > 50: P1、{"{"}tier="1"{"}"}: P2 或 {"{"}tier="1"{"}"} >= 10: P1 的分级，而非 { $line }
rules-expect-label = 标签名
rules-expect-line = 形如 name: text 的行，而非 { $line }（{ $why ->
        [unclosed] 缺少结尾
        [empty] 其中没有内容
        [block] if、with、else 与 end 不配对
        [bracket] 括号不配对
        [arguments] { $word } 的参数个数不对
        [pattern] { $word } 不是正则表达式
        [colon] 缺少冒号
        [name] { $word } 不是名称
        [ours] 以 { $word } 开头的名称由系统保留
        [long] 文本过长
        [twice] { $word } 重复出现
       *[unknown] 此处不认识 { $word }
    }）
rules-expect-no-currency = 留空，除非统计金额
rules-expect-no-code = 留空，除非按返回码统计失败
rules-expect-no-weeks = 留空：异常判断本就与前些天相比
rules-expect-window-of-an-hour = 不超过一小时的时段
rules-expect-no-by = 留空：时延和单个返回码只判断整体
rules-expect-no-merchant = 留空：时延不按商户留存
rules-expect-name = 名称 { $name }
rules-expect-yaml = Prometheus 的规则文件：{ $message }
rules-unavailable = 现在无法试算：{ $why }
rules-conflict-edited = 其间已有人编辑过该规则。请先查看当前内容，再重新编辑。

toast-rule-created = 规则已建立，正在评估
toast-rule-saved = 已保存；此前触发的告警已结束
toast-rule-paused = 已暂停；此前触发的告警已结束
toast-rule-resumed = 已恢复
toast-rule-deleted = 已删除；此前触发的告警已结束
rules-expect-dimension = 该系统的维度之一：{ $known }
