# merchants
merchants-title = Merchants
merchants-sub = Who is hurt, and whom to call. Excess failures are those beyond the merchant's own rate of last week.
merchants-merchant = Merchant
merchants-search = Merchant or name
merchants-count =
    { $count ->
        [one] One merchant
       *[other] { $count } merchants
    }
merchants-none = No merchants here
merchants-none-text = Take a longer span, or search for something else.
merchants-excess = Excess failures
merchants-alone = There is no last week to compare with: which failures are beyond the usual is not known.
merchants-trend = Volume against last week
merchants-pages = Pages
merchants-page = Page { $number } of { $pages }
merchants-before = Before
merchants-next = Next
merchants-no-traffic = No transactions in this span
merchants-no-traffic-text = Take a longer span.
merchants-codes = Codes against peers on the same links
merchants-own-share = Share of its transactions
merchants-peer-share = Share of its peers'
merchants-contacts = Contacts and notes
merchants-no-contact = Nobody has written down whom to call
merchants-team = Team
merchants-name = Name
merchants-contact = Contact
merchants-phone = Telephone
merchants-email = Mail address
merchants-notes = Notes
merchants-notes-hint = Markdown. What helps whoever calls at night.
merchants-edit = Edit what { $team } knows
merchants-write-down = Write down whom to call
merchants-save = Save
merchants-edited = Edited by { $name }
merchants-expect-phone = a telephone number: digits, blanks and + - ( ) . /
merchants-expect-email = a mail address such as ops@shop.example
merchants-conflict-edited = Somebody has edited it since. What stands there now is shown above; save again to replace it.
merchants-troubles = History of trouble
merchants-no-trouble = No incident has named this merchant
merchants-told = What it was told
merchants-tell = Tell the merchant
merchants-tell-title = Tell { $merchant }
merchants-to = To
merchants-subject = Subject
merchants-text = Message
merchants-tell-hint = Read it before you send it. It is noted with your name, then your mail program opens it.
merchants-tell-note = Note it and go on to the mail
merchants-noted = It is noted
merchants-noted-text = Who told what to whom stands on the page of the merchant and in the audit trail. Now send it.
merchants-mail = Open in the mail program
merchants-message-subject = Payments of { $merchant } fail
merchants-message-text =
    Dear { $name },

    since { $since } payments of { $merchant } fail more often than usual: { $failed } of { $total } failed, { $rate } succeeded (usually { $usual }). The code that stands out is { $code }.

    We are looking into it on our side. Please check whether anything changed on yours, and tell us the time of your last release.

    { $sender }
toast-merchant-saved = Saved
