# 交易图表中的预期区间
bands-switch = 预期区间
bands-off = 与上周比较
bands-on = 与预期区间比较
bands-low = 预期下限
bands-high = 预期上限
bands-of-volume = 交易量
bands-of-success = 成功率
bands-of-p95 = 时延（p95）
bands-worth = 区间应覆盖 90% 的小时；回测实际覆盖 { $held }，预测误差 { $error }%（sMAPE）。
bands-untried = 区间应覆盖 90% 的小时；历史过短，尚无法评估效果。
bands-made = 最近一次预测：
bands-none = 尚无预期区间：需要三天的交易数据，每小时重新拟合。
bands-level = 水平 { $before } → { $after }
bands-no-codes = 单个返回码没有预期区间：只知道其失败笔数，因此与上周比较。
bands-too-long = 每点超过一小时的时段没有预期区间：请选择每点不超过一小时的时段。
bands-too-little = 所选条件没有预期区间：此前交易过少，至少需要三天。
bands-worked-out = 针对所选条件即时计算，每天只用此前已知的数据；选择单个完整系统时，区间按当时的预测保留。区间覆盖时段结束前的一周。
