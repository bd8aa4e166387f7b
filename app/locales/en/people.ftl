# Entering
people-login-title = Log in
people-login = Login name
people-login-hint = 2 to 64 lower-case letters, digits, dots, hyphens, underscores or @
people-login-act = Log in
people-login-refused = Login name or password is wrong.
people-login-refused-text = After 10 wrong passwords from one address an account is locked there for 15 minutes.
people-login-unmade = Evenkeel is not set up yet.
people-login-unmade-text = When it started, it printed a set-up link that opens once: look at its output, or into the journal. After a day, start it anew for another one.
people-password = Password
people-password-new = New password
people-password-first = First password
people-password-again = New password again
people-password-current = Present password
people-password-hint = At least 12 characters; several words are easiest to remember.
people-setup-title = Set up Evenkeel
people-setup-text = You are the first. This page opens once: it makes the first team, and you its administrator.
people-setup-team = Name of the first team
people-setup-team-hint = The team that owns the first systems. More can be added later.
people-setup-tools = Tools may run on this machine
people-setup-tools-hint = Lets administrators define commands that run here. Can stay off.
people-setup-act = Begin
people-setup-closed = This set-up link does not open
people-setup-used = It was used: Evenkeel is set up. Whoever has an account can log in.
people-setup-old = Only the newest link opens, for one day: it is in the output of the last start.

# Oneself
people-profile-title = Profile
people-about-me = About me
people-name = Name
people-email = Mail address
people-setup-email-hint = Whoever is paged is paged there, too, as soon as a mail server is set up (setting mail.host); each person may turn that off on their profile.
people-language = Language
people-language-browser = As the browser says
people-zone = Time zone
people-zone-hint = For example Asia/Shanghai. Left empty, the browser's zone is used.
people-theme = Theme
people-theme-system = As the device says
people-theme-light = Light
people-theme-dark = Dark
people-theme-cookie = As chosen in this browser
people-keyboard = Single keys act
people-keyboard-hint = For example “a” acknowledges. Press “?” for the list.
people-save = Save
people-sessions = Sessions
people-agent = Browser
people-address = Address
people-begun = Begun
people-seen = Last used
people-acts = Acts
people-this-session = this session
people-session-end = End
people-password-change = Change password
people-password-others-end = All your other sessions end.
people-password-act = Change password

# Users
people-users = Users
people-users-none = No user matches.
people-user-new = New user
people-user-add = Add user
people-search = Name, login or mail address
people-team = Team
people-every-team = every team
people-state = State
people-enabled = may enter
people-disabled = disabled
people-locked = locked
people-locked-until = Locked until
people-account = Account
people-created = Created
people-trail = Audit trail
people-memberships = Roles in teams
people-memberships-none = No role yet: this user sees nothing.
people-membership-add = Give role
people-membership-remove = Take away
people-edit = Edit
people-password-set = Set a password
people-password-set-act = Set password
people-password-ends-sessions = All sessions of this user end.
people-enable = Let in again
people-disable = Disable
people-disable-text = { $name } is logged out at once and cannot log in until let in again.
people-unlock = Unlock

# Teams
people-teams = Teams
people-teams-text = Systems, tools and changes belong to teams.
people-team-name = Name
people-team-new = New team
people-team-add = Add team
people-team-remove = Remove team
people-team-remove-text = Removes the team { $name }. A team that owns something or has members stays.
people-key = Key
people-key-hint = Lower-case letters, digits and hyphens
people-team-key-hint = Lower-case letters, digits and hyphens. Left empty, it is made of the name.
people-members = Members

# Roles
people-role = Role
people-role-none = none yet
people-roles = Roles
people-roles-text = A role is a set of permissions and the screen that its holders see first.
people-role-new = New role
people-role-add = Add role
people-role-name = Name in English
people-role-name-zh = Name in Chinese
people-role-remove = Remove role
people-role-remove-text = Removes the role { $name }. A role that somebody has stays.
people-home = First screen
people-home-hint = A path of this portal, such as /alerts?mine=1
people-permissions = Permissions
people-permissions-all = everything

# Tokens
people-tokens = API tokens
people-tokens-text = For programs that call /api/v1. A token never holds more than its owner does.
people-tokens-mine = My tokens
people-tokens-everybody = Everybody's tokens
people-tokens-none = No tokens.
people-addresses = Addresses of calendars
people-addresses-text = The calendars of teams and schedules have an address for you alone, which opens without a log-in. If others have come to know yours, take new ones.
people-addresses-renew = New addresses for me
people-addresses-renew-text = Every address that you have of the calendars of teams and schedules stops working at once; those of others go on.
people-token-name = Name
people-token-name-hint = What it is for, such as “CI of the gateway”
people-token-owner = Owner
people-token-days = Lives for
people-days = days
people-token-permissions-hint = Only what you hold yourself can be given.
people-token-new = New token
people-token-act = Make token
people-token-used = Last used
people-token-ends = Ends
people-token-revoke = Revoke
people-token-revoke-text = Programs that use { $name } are refused from now on.
people-token-revoked = revoked
people-token-expired = expired
people-token-once = Copy the token now. It is shown only this once.

# Confirmations
toast-people-saved = Saved
toast-people-password = The password was changed
toast-people-session-ended = The session was ended
toast-people-addresses = The calendars have new addresses for you
toast-people-user-added = The user was added
toast-people-disabled = The user is disabled
toast-people-enabled = The user may enter again
toast-people-unlocked = The account is unlocked
toast-people-team-added = The team was added
toast-people-team-removed = The team was removed
toast-people-role-added = The role was added
toast-people-role-removed = The role was removed
toast-people-token-revoked = The token was revoked

# What would be right
expect-login = 2 to 64 characters: lower-case letters, digits, dot, hyphen, underscore or @, beginning with a letter or digit
expect-email = a mail address such as name@example.org
expect-password-length = at least { $min } characters
expect-password-harder = a password with at least 5 different characters that does not contain the login name
expect-same-password = the same password as above
expect-current-password = your present password
expect-local-path = a path of this portal that begins with /

# Refusals
conflict-needs-session = This can only be done by a person who is logged in, not by a token.
conflict-last-administrator = This would leave nobody who can keep users and roles. Make somebody else administrator first.
conflict-gives-more-than-held = The role allows more than you may yourself, so you cannot give or shape it.
conflict-holds-more-than-you = This user may do more than you, so only somebody who may do as much can change the account.
conflict-team-has-members = The team still has members. Take their roles away first.

# What a permission allows
permission-read = See systems and what belongs to them
permission-alerts-acknowledge = Acknowledge alerts
permission-alerts-silence = Silence alerts
permission-alerts-route = Say who is told of alerts, and where they come in
permission-alerts-ingest = Post alerts
permission-incidents-work = Open and update incidents
permission-monitors-edit = Edit monitors
permission-systems-edit = Edit systems
permission-changes-request = Request changes
permission-changes-approve = Approve changes
permission-changes-execute = Schedule and execute changes
permission-freezes-set = Set freeze windows
permission-tools-run-safe = Run tools marked safe
permission-tools-run = Run any tool of the team
permission-runs-approve = Approve tool runs
permission-tools-define = Define tools
permission-transactions-ingest = Post transactions
permission-deployments-post = Post deployments
permission-export = Export lists
permission-oncall-manage = Keep schedules of who is on call, and escalation policies
permission-channels-manage = Manage notification channels
permission-people-manage = Manage users, teams and roles
permission-tokens-manage = Make API tokens
permission-audit-read = Read the audit trail
permission-settings-manage = Change settings and see the portal's health
people-password-due = has yet to choose a password
people-password-keep = They may keep this password
people-password-keep-hint = Otherwise they choose their own when they enter.
people-due-title = Choose your password
people-due-why = Somebody else chose the password that you came in with.
people-due-text = So somebody else knows it. Choose one that only you know; then it goes on.
expect-other-password = another password than the present one
conflict-password-due = This session came in with a password that somebody else chose; choose your own at /password first.
