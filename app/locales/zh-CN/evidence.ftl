# 投产证据：制品被证明了什么。
evidence-title = 投产证据
evidence-sub = 上线之前，哪个制品被证明了什么，附原始文件。
evidence-new = 提交证据
evidence-new-sub = 文件原样保存并记录哈希。若为已知压测工具的结果，会读取其中数据。
evidence-empty = 尚无证据。
evidence-empty-text = 压测、演练与扫描结果会列在这里；哪些变更需要由审批策略规定。
evidence-no-match = 没有匹配的证据。
evidence-filter = 制品、版本或哈希
evidence-artifact = 制品
evidence-kind = 类别
evidence-verdict = 结论
evidence-environment = 环境
evidence-environment-hint = 在哪里得出，例如：预生产，4 节点。
evidence-team = 团队
evidence-until = 有效期至
evidence-over = （已过期）
evidence-at = 提交时间
evidence-by = 提交人
evidence-sha = 制品哈希
evidence-source = 工具
evidence-requests = 请求数
evidence-failed = 失败数
evidence-rate = 每秒请求
evidence-note = 说明
evidence-file = 文件
evidence-file-sha = 文件 SHA-256
evidence-file-hint = k6、JMeter、Gatling、oha、wrk2、Locust、evenkeel load，或 `evenkeel evidence` 的输出；其他类别可为任意文件。
evidence-download = 下载文件
evidence-days = 有效天数
evidence-max-p99 = p99 不超过（毫秒）
evidence-max-failed = 失败不超过（%）
evidence-verdict-file = — 以文件为准 —
evidence-verdict-hint = 有限值或比较结果时以其为准。
evidence-keep = 保存
evidence-kind-performance = 性能
evidence-kind-high-availability = 高可用
evidence-kind-drill = 演练
evidence-kind-security-scan = 安全扫描
evidence-kind-custom = 其他证明
evidence-verdict-passed = 通过
evidence-verdict-failed = 未通过
evidence-verdict-inconclusive = 无法判定
evidence-status-met = 已具备
evidence-status-waived = 已豁免
evidence-status-nameless = 变更未写明制品哈希
evidence-status-missing = 缺失
evidence-status-other-artifact = 只有其他制品的
evidence-status-own = 仅由撰写者自己声明
evidence-status-failed = 未通过
evidence-status-beyond-policy = 超出策略允许
evidence-status-expired = 已过期
evidence-required = 所需证据
evidence-none-needed = 不需要证据，也没有证据。
evidence-show = 查看
evidence-waive = 豁免…
evidence-waive-text = 须由第二人同意，并计入变更指标。
evidence-waive-ask = 申请豁免
evidence-waived-by = { $name } 已同意
evidence-policy = 所需证据
evidence-policy-hint = 全不选表示不需要。
evidence-policy-needs = 需要证据：{ $kinds }。
evidence-shown = 该制品的证据
evidence-by-file = 由文件判定
evidence-by-word = { $name } 声明
evidence-bounds = 性能证据的实测要求
evidence-bounds-hint = 直接核对实测数值，与压测自设的限值无关；数值未知视为不满足。留空表示不限。前三项均设置时，在此执行的压测无论由谁发起均有效。
evidence-bound-p99 = 99 分位延迟上限
evidence-bound-failed = 失败请求占比上限
evidence-bound-rate = 每秒请求数下限
evidence-bound-peak = 每秒请求数下限（占生产峰值）
evidence-bound-peak-hint = 以变更所涉最繁忙系统在提出申请前四周内最繁忙一分钟（除去最繁忙的千分之一）的每秒交易数为 100 %。留空：若环境须与生产构成相同且该量已知则为 100，否则不限；0 表示不要求。一笔交易包含多个请求时，请按倍数提高。
evidence-bounded-p99 = p99 ≤ { $bound } ms
evidence-bounded-failed = 失败 ≤ { $bound } %
evidence-bounded-rate = ≥ { $bound } 请求/秒
evidence-bounded-peak = ≥ 生产峰值的 { $bound } %
evidence-policy-bounds = 性能实测须满足：{ $bounds }。
conflict-evidence-p99 = p99 为 { $seen } ms；策略允许 { $allowed } ms。
conflict-evidence-p99-unknown = 性能证据未给出 p99；策略允许 { $allowed } ms。
conflict-evidence-failures = { $seen } % 的请求失败；策略允许 { $allowed } %。
conflict-evidence-failures-unknown = 性能证据未给出失败请求数；策略允许 { $allowed } %。
conflict-evidence-rate = 每秒 { $seen } 个请求；策略要求 { $allowed } 个。
conflict-evidence-rate-unknown = 性能证据未给出每秒请求数；策略要求 { $allowed } 个。
conflict-evidence-peak = 每秒 { $seen } 个请求；按生产峰值，策略要求 { $allowed } 个。
conflict-evidence-peak-unknown = 策略要求达到生产峰值的 { $allowed } %；而这些系统四周内没有统计到任何交易。
conflict-evidence-nameless = 需要证据（{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}），但变更未写明制品哈希。
conflict-evidence-missing = 缺少证据：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-environment = 须有环境“{ $environment }”的证据，现仅有“{ $shown }”的：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-production = 须有来自与生产构成相同的环境的证据，而得出证据之处有所不同（生产在前：{ $differs }）：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-production-unknown = 须有来自与生产构成相同的环境的证据，但没有生产部署说明生产由什么构成：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-other-artifact = 只有其他制品的证据：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-failed = 证据未通过：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-own = 申请或撰写该变更的人自己声明、提交或按自定限值测得的通过不算数（{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}）：须由他人提交，或在此按通常限值测量。
conflict-evidence-failed-own = 证据未通过（{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}），申请或撰写该变更的人仅声明通过并不能推翻：须由他人提交，或由文件自身判定。
conflict-evidence-expired = 证据已过期：{ $kind ->
    [performance] 性能
    [high-availability] 高可用
    [drill] 演练
    [security-scan] 安全扫描
   *[custom] 其他证明{ $custom }
}。
conflict-evidence-not-waivable = 证据已具备，或已申请豁免。
conflict-evidence-two-people = 须由第二人同意：申请人自己不能同意；或已过期。
evidence-made-by = 来源
evidence-changes = 相关变更
evidence-expect-needed = 该变更所需的类别
evidence-expect-limit = 不小于 0 的数
evidence-expect-file = 非空文件
evidence-expect-file-name = 1 至 120 个字符的文件名
evidence-expect-load = 压测结果：{ $why }
evidence-expect-verdict = passed、failed 或 inconclusive，或用于比对文件的限值
toast-evidence-kept = 已保存。
toast-waiver-asked = 已申请，须由第二人同意。
toast-evidence-waived = 已同意。
evidence-kind-named = { $kind }：{ $name }
evidence-status-other-environment = 只有其他环境的
evidence-status-unlike-production = 只有与生产不同的环境的
evidence-wanted-like = 须在与生产构成相同的环境中得出：{ $facts }。
evidence-peak = 四周内生产最繁忙时每秒 { $rate } 笔交易。
evidence-peak-unknown = 不清楚生产承受多少负载：这些系统四周内没有统计到任何交易。
evidence-wanted-like-unknown = 须在与生产构成相同的环境中得出；没有生产部署说明生产由什么构成。
evidence-unlike = 得出之处有所不同（生产在前）：{ $differs }。
evidence-like-production = 仅认可来自与生产构成相同的环境的证据
evidence-like-production-hint = 须具备变更所涉某一系统最近一次带事实的生产部署所述的全部内容，例如 cpu=8、replicas=3；证据可以说明更多，性能证据还须承受过生产的负载。
evidence-policy-peak = 性能须经受过生产最繁忙时的负载。
evidence-policy-like = 须在与生产构成相同的环境中得出。
evidence-wanted-in = 须在环境“{ $environment }”中得出。
evidence-shown-in = 在“{ $shown }”中得出，而策略要求“{ $environment }”：不算数。
evidence-custom = 其他证明（按名称）
evidence-custom-hint = 每行一个，例如：渗透测试报告。每一项都须以该名称提供。留空表示任意其他证明均可。
evidence-custom-name = 其他证明的名称
evidence-custom-name-hint = 与策略中的名称一致，例如：渗透测试报告。
evidence-policy-environment = 仅认可来自该环境的证据，例如：预生产，4 节点。留空表示任意环境。
evidence-expect-no-custom = 留空：只有其他证明才有名称
changes-expect-custom = 其中须含其他证明，因为写明了名称
changes-expect-evidence = 至少一种证据，因为对其环境有要求
changes-expect-at-most-custom = 至多 { $max } 个名称
evidence-facts = 环境构成
evidence-facts-hint = 每行一项：cpu=4、memory=8 GiB、replicas=3、database=postgres 16。构成相同则指纹相同。
evidence-why-few-runs = { $side ->
    [baseline] 基线
   *[candidate] 候选
}只有 { $runs } 轮，至少需要 { $least } 轮
evidence-why-no-p99 = { $side ->
    [baseline] 基线
   *[candidate] 候选
}第 { $run } 轮没有给出 p99
evidence-why-no-p99-k6 = { $side ->
    [baseline] 基线
   *[candidate] 候选
}第 { $run } 轮没有给出 p99：运行 k6 时加上 { $option } 即会写出
evidence-why-no-throughput = 有一轮没有给出吞吐量
evidence-why-no-failed = 有一轮没有说明多少请求失败
evidence-why-baseline-fails = 基线某一轮有 { $percent } % 的请求失败：无从比较
evidence-why-failed-runs = 候选 { $all } 轮中有 { $failed } 轮失败的请求过多
evidence-why-more-load = 候选承受的负载是基线的 { $ratio } 倍，因此更慢：双方负载须相同
evidence-why-p99-slower = p99 为基线的 { $ratio } 倍，至少 { $least } 倍
evidence-why-throughput = 吞吐量为基线的 { $ratio } 倍，至多 { $most } 倍
evidence-why-passed = p99 至多为基线的 { $p99 } 倍（≤ { $slower }），吞吐量至少为 { $rate } 倍（≥ { $throughput }）
evidence-why-across = 区间跨越限值：需要更多轮次
evidence-why-twice = 同一轮出现了两次
evidence-why-baseline-first = 基线各轮都在候选之前：没有轮流进行
evidence-why-candidate-first = 候选各轮都在基线之前：没有轮流进行
evidence-why-turns = 双方只交替了 { $turns } 次，至少应为 { $least } 次：没有轮流进行
evidence-why-load = 负载不同：要求的速率为每秒 { $low } 到 { $high } 个请求，至多可相差 { $most } 倍
evidence-open-begin = 文件没有说明各轮何时开始：无从得知双方是否轮流进行
evidence-open-offered = 文件没有说明施加了多少负载：只比较实际处理的
evidence-open-places = 各轮在不同的环境中测得：{ $named }
evidence-open-unread = 文件中有无法读取、未计入的行：{ $rows }
evidence-open-hashes = 各轮没有附上工具所写文件的哈希：无法与原文件核对
evidence-runs = 各轮
evidence-run = 轮次
evidence-run-sha = 工具文件的 SHA-256
evidence-fingerprint = 环境指纹
evidence-apart = { $one }与{ $other }取自不同的环境：{ $differs }
evidence-expect-fact = name=value，且每个名称只出现一次，而不是“{ $fact }”
evidence-expect-facts = 最多 { $max } 项
