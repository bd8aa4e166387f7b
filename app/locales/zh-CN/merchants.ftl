# 商户
merchants-title = 商户
merchants-sub = 谁受了影响，该联系谁。超额失败指超出该商户上周自身失败率的部分。
merchants-merchant = 商户
merchants-search = 商户号或名称
merchants-count = 共 { $count } 个商户
merchants-none = 没有商户
merchants-none-text = 请选择更长的时段，或换个关键词。
merchants-excess = 超额失败
merchants-alone = 没有上周的数据可比：哪些失败超出平常尚不可知。
merchants-trend = 交易量较上周
merchants-pages = 分页
merchants-page = 第 { $number } / { $pages } 页
merchants-before = 上一页
merchants-next = 下一页
merchants-no-traffic = 本时段没有交易
merchants-no-traffic-text = 请选择更长的时段。
merchants-codes = 返回码与同链路其他商户对比
merchants-own-share = 占自身交易
merchants-peer-share = 占同链路其他商户
merchants-contacts = 联系人与备注
merchants-no-contact = 尚未登记联系人
merchants-team = 团队
merchants-name = 名称
merchants-contact = 联系人
merchants-phone = 电话
merchants-email = 邮箱
merchants-notes = 备注
merchants-notes-hint = Markdown。写下夜里打电话的人需要知道的事。
merchants-edit = 编辑 { $team } 的记录
merchants-write-down = 登记联系人
merchants-save = 保存
merchants-edited = 由 { $name } 编辑
merchants-expect-phone = 电话号码：数字、空格和 + - ( ) . /
merchants-expect-email = 邮箱地址，例如 ops@shop.example
merchants-conflict-edited = 此后有人编辑过。当前内容显示在上方；再次保存将覆盖。
merchants-troubles = 故障历史
merchants-no-trouble = 没有故障涉及此商户
merchants-told = 已告知的内容
merchants-tell = 告知商户
merchants-tell-title = 告知 { $merchant }
merchants-to = 收件人
merchants-subject = 主题
merchants-text = 正文
merchants-tell-hint = 发送前请先核对。系统会以你的名义记录，然后由邮件程序打开。
merchants-tell-note = 记录并继续发邮件
merchants-noted = 已记录
merchants-noted-text = 谁在何时告知了什么，已记入商户页面和审计日志。请继续发送邮件。
merchants-mail = 用邮件程序打开
merchants-message-subject = 商户 { $merchant } 的交易失败
merchants-message-text =
    { $name }，您好：

    自 { $since } 起，商户 { $merchant } 的交易失败率高于平时：{ $total } 笔中失败 { $failed } 笔，成功率 { $rate }（平时 { $usual }）。主要返回码为 { $code }。

    我方正在排查，请贵方检查是否有变更，并告知最近一次发布的时间。

    { $sender }
toast-merchant-saved = 已保存
