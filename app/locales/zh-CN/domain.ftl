# 每个字段应当填写什么；显示在字段和所填值之后。
expect-something = 必须填写
expect-at-most-characters = 最多 { $max } 个字符
expect-one-line = 单行文字，不含控制字符
expect-visible = 可见字符；{ $code } 不可见或会改变文字方向
expect-no-control-characters = 不含控制字符的文字
expect-key = 1 至 40 个字符：小写字母、数字和连字符，以字母开头
expect-url = 以 http:// 或 https:// 开头、含主机名、不含用户名或密码的完整网址
expect-between = { $min } 到 { $max } 之间的整数
expect-one-of = 以下之一：{ $choices }
expect-cursor = 之前某页给出的游标
expect-id = 已存在对象的编号
expect-choice = 请选择一项
unsaid-characters = 填写了 { $count } 个字符
unsaid-text = 所填内容有误
unsaid-text-wrong = 所填内容不对
expect-time = 日期和时间，例如 2025-03-14 14:05
expect-zone = 时区，例如 Asia/Shanghai
expect-free = 尚未被占用的值

conflict-taken = 已存在相同标识或名称的对象。
conflict-in-use = 仍被其他对象使用。
conflict-sealed = 这里需要的一项机密是用另一个密钥文件封存的，无法打开。请放回原来的密钥文件，或重新填写该机密。
conflict-rule = 数据库拒绝了此操作：它会违反一条规则。
unavailable-database-busy = 数据库繁忙或无法连接。未作任何更改，请稍后重试。
unavailable-lease-lost = 此工作（{ $engine }）已由另一进程接管。未作任何更改。
unavailable-writer-gone = 进程已无法写入交易数据。未作任何更改，需要重新启动进程。
unavailable-disk-full = 磁盘已满。未作任何更改；读取仍可进行。
