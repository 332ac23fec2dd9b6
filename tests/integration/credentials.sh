#!/bin/sh
# Credentials: what the hand-out says works as it stands, a student's own password wins over everything
# later, and every refusal is named.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
cd "$work" || exit 99

cat >shop.sql <<'END'
CREATE TABLE customer (id integer PRIMARY KEY, name text NOT NULL);
INSERT INTO customer VALUES (1, 'Ada'), (2, 'Grace');
END
cat >class.csv <<'END'
login,name,seat
alice,Alice Archer,A1
bob,=1+1,A2
carol,"Carol
""C"" O'Neil",A3
dave,Dave,A4
END

# field LOGIN KEY : a text of that student's JSON
field() {
	lectern handout shop "$1" --json 2>/dev/null | sed -n "s/^ *\"$2\": \"\(.*\)\",\{0,1\}\$/\1/p" | sed 's/\\"/"/g' | tail -n 1
}
# as LOGIN PASSWORD : the slip's own psql line, from a directory that has ca.crt
as() (
	line=$(field "$1" psql)
	cd room && echo 'SELECT current_user, current_database()' |
		PGPASSWORD=$2 sh -c "$line -X -At -v ON_ERROR_STOP=1" >../as.out 2>&1
	status=$?
	cat ../as.out
	[ $status = 0 ] && [ "$(cat ../as.out)" = "$1|$1" ]
)
refused() { says 'LDAP authentication failed' as "$@"; }
applied_unchanged() { lectern apply lab.yaml; }

ok "up" lectern up
ok "init" lectern init --from shop.sql --roster class.csv
ok "apply takes the file as it is" lectern apply lab.yaml

# -- what is handed out ---------------------------------------------------------------------------
room() {
	lectern handout shop --output room && lectern handout shop --csv --output room &&
		[ "$(stat -c %a room)" = 700 ] && [ "$(stat -c %a room/handout.txt)" = 600 ] &&
		[ "$(stat -c %a room/handout.csv)" = 600 ] && cmp room/ca.crt "$LECTERN_STATE/tls/ca.crt"
}
fingerprint() { grep -qF "$(sha256sum room/ca.crt | cut -d' ' -f1)" room/handout.txt; }
everybody() { [ "$(lectern handout shop --json | grep -c '"password": "[a-z]\{5\}-[a-z]\{5\}-[a-z]\{5\}"')" = 4 ]; }
repeatable() { [ "$(lectern handout shop)" = "$(lectern handout shop)" ]; }
no_formula() { grep -qF "bob,\"'=1+1\",A2" room/handout.csv; }
service() {
	PGSERVICEFILE=room/pg_service.conf PGPASSWORD=$alice psql -X -At -c 'SELECT current_user' \
		"service=shop user=alice dbname=alice" | grep -qx alice
}
ok "everybody has an initial password" everybody
ok "it is the same each time" repeatable
ok "files with passwords are private; ca.crt lies beside" room
ok "the slip has the CA file's fingerprint" fingerprint
ok "a name that is a formula is harmless in a spreadsheet" no_formula
alice=$(field alice password) bob=$(field bob password) dave=$(field dave password)
ok "the slip's psql line logs in" as alice "$alice"
ok "pg_service.conf logs in" service
ok "an unknown login is named" says 'there is no student "zoe" in lab "shop"' lectern handout shop zoe
ok "an unknown lab is named" says '"nope"' lectern handout nope
ok "another student's password is refused" refused alice "$bob"

# -- lectern student ... try ----------------------------------------------------------------------
tried() { lectern student shop alice try | tee try.out && grep -q 'TLSv1' try.out; }
tried_json() {
	lectern student shop alice try --json >try.json && cat try.json && grep -q '"ok": true' try.json &&
		grep -q '"database": "alice"' try.json && grep -q '"may_create": true' try.json
}
echo wrong-wrong-wrong >wrong
ok "try logs in as a lab PC would" tried
ok "try for programs" tried_json
ok "a wrong password is refused and named" says 'the password of "alice" was refused' \
	lectern student shop alice try --password-file wrong
ok "an unknown login is named" says 'there is no student "zoe"' lectern student shop zoe try

# -- the student's own password -------------------------------------------------------------------
# The slip's own line; without a terminal ldappasswd reads what is asked for from standard input.
slip_line() (
	line=$(field alice ldappasswd)
	cd room && printf '%s\n' "$alice" "$alice" "$1" "$1" "$alice" | setsid -w sh -c "$line"
)
ok "the slip's ldappasswd line changes the password" slip_line alice-has-her-own
ok "PostgreSQL refuses the old one at once" refused alice "$alice"
ok "PostgreSQL takes the new one" as alice alice-has-her-own
changed() {
	lectern handout shop alice | grep -q 'changed by the student' &&
		lectern handout shop alice --json | grep -q '"changed": true' &&
		! lectern handout shop alice --json | grep -q "$alice"
}
others_unchanged() { lectern handout shop bob --json | grep -q '"changed": false'; }
ok "the hand-out says that the student changed it" changed
ok "and that the others did not" others_unchanged
ok "try says why the initial one is refused" says 'changed the initial password' lectern student shop alice try
ok "a second apply" applied_unchanged
ok "leaves the student's own password" as alice alice-has-her-own
ok "and does not bring the initial one back" refused alice "$alice"

# -- a forgotten password -------------------------------------------------------------------------
renewed() { lectern student shop alice passwd && lectern handout shop alice --json | grep -q '"changed": false'; }
ok "who forgot the own password gets a new initial one" renewed
renewed_alice=$(field alice password)
ok "the new slip's password logs in" as alice "$renewed_alice"
ok "the forgotten one does not" refused alice alice-has-her-own
ok "nor the first one" refused alice "$alice"
ok "nobody else got one" others_unchanged
ok "apply leaves it" applied_unchanged
ok "and it still holds" as alice "$renewed_alice"
ok "an unknown login gets none" says 'there is no student "zoe"' lectern student shop zoe passwd

# -- lectern passwd -------------------------------------------------------------------------------
answers() { printf '%s\n' "$@"; }
passwd_with() { # ANSWERS... : lectern passwd bob
	answers "$@" | lectern passwd bob
}
type_when() { # PROMPT WORDS : typed once the prompt stands there
	wait_for 10 grep -qF "$1" typed && printf '%s\r' "$2"
}
hidden() { # on a terminal nothing that is typed appears
	: >typed
	{
		type_when 'Old password: ' "$bob"
		type_when 'New password: ' bobs-second-one
		type_when 'New password, again: ' bobs-second-one
		wait_for 10 grep -q 'is changed' typed
	} | script -qefc 'lectern passwd bob' typed >/dev/null
	cat typed
	grep -q 'is changed' typed && ! grep -q 'bobs-second-one' typed && ! grep -q "$bob" typed
}
ok "a wrong old password is refused" says 'the login or the old password is wrong' passwd_with nope-nope-nope x x
ok "two different new ones are refused" says 'the two new passwords differ' passwd_with "$bob" one-of-them another-one
ok "the old one again is refused" says 'is the old one' passwd_with "$bob" "$bob" "$bob"
ok "a short one is refused in the policy's words" says 'too short' passwd_with "$bob" ab ab
ok "the old one still holds" as bob "$bob"
ok "lectern passwd changes it, and shows nothing" hidden
ok "PostgreSQL refuses bob's old one" refused bob "$bob"
ok "PostgreSQL takes bob's new one" as bob bobs-second-one
ok "a login that cannot be is refused" says 'has a character that is not allowed' lectern passwd 'a,ou=x'

# -- servers that are away ------------------------------------------------------------------------
slapd() { sv -w 10 "$1" "$LECTERN_STATE/service/slapd"; }
ok "slapd stops" slapd down
ok "try says that slapd does not answer" says 'slapd does not answer' lectern student shop dave try
ok "passwd says so, too" says 'lectern ps' passwd_with a b b
handed_out_anyway() {
	lectern handout shop dave >anyway 2>anyway.err
	cat anyway.err
	grep -q "$dave" anyway && grep -q 'could not ask the directory' anyway.err
}
ok "the hand-out goes on without it" handed_out_anyway
ok "slapd starts" slapd up
ok "and logins work again" wait_for 10 as dave "$dave"

# -- doors that are closed: each refusal says what is wrong and what to do ---------------------------
port=$(sed -n '/^postgres:/,/^[a-z]/s/^ *port: //p' "$LECTERN_STATE/site.yaml")
admin() { psql -X -At -q -v ON_ERROR_STOP=1 -h "$LECTERN_STATE/run" -p "$port" -U postgres -d postgres -c "$1"; }
try_says() { says "$1" lectern student shop "$2" try; }
elsewhere() { # WORDS SED : with another site file
	sed "$2" "$LECTERN_STATE/site.yaml" >site.new && cp "$LECTERN_STATE/site.yaml" site.kept &&
		cp site.new "$LECTERN_STATE/site.yaml"
	try_says "$1" carol
	status=$?
	cp site.kept "$LECTERN_STATE/site.yaml"
	return $status
}
admin 'ALTER DATABASE carol ALLOW_CONNECTIONS false'
ok "a closed database" try_says 'the login of "carol" is closed' carol
admin 'ALTER DATABASE carol ALLOW_CONNECTIONS true'
admin 'ALTER ROLE carol CONNECTION LIMIT 0'
ok "no connection left" try_says '"carol" has too many connections already' carol
admin 'ALTER ROLE carol CONNECTION LIMIT 8'
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout fake.key -out fake.crt -subj /CN=x 2>/dev/null
ok "a name that is not in the certificate" elsewhere 'certificate is not for "elsewhere"' '/^room:/,/^[a-z]*:$/s/host: "localhost"/host: "elsewhere"/'
ok "a certificate of another CA" elsewhere "not from the lab's CA" "s|^ca_file:.*|ca_file: \"$work/fake.crt\"|"
ok "all is well again" lectern student shop carol try
admin 'DROP DATABASE carol WITH (FORCE)'
ok "a database that is gone" try_says 'the database of "carol" is gone' carol
sv -w 10 down "$LECTERN_STATE/service/postgres" >sv.out
ok "PostgreSQL stopped" try_says '"lectern doctor" tells why' dave
ok "the hand-out says so, too" says '"lectern doctor" tells why' lectern handout shop
sv -w 10 up "$LECTERN_STATE/service/postgres" >sv.out
ok "PostgreSQL is back" wait_for 20 lectern student shop dave try

# -- burning --------------------------------------------------------------------------------------
burn() { # ANSWER, at a terminal
	printf '%s\n' "$1" | script -qefc 'lectern handout shop --burn' burn.out
}
ok "burning asks on a terminal" says 'Use --yes' lectern handout shop --burn
ok "and burns nothing then, nor after another answer" says 'nothing was changed' burn no
ok "and nothing is gone then" test -s "$LECTERN_STATE/labs/shop/secret"
mkdir "$LECTERN_STATE/labs/later" && cp -p "$LECTERN_STATE/labs/shop/secret" "$LECTERN_STATE/labs/later/"
ok "burning after the lab's name was typed" burn shop
burned() {
	lectern handout shop dave >burned.out 2>burned.err
	cat burned.out burned.err
	! grep -q "$dave" burned.out && grep -q 'not stored any more' burned.out
}
ok "initial passwords are not shown any more" burned
ok "a later lab's copy of the secret is gone, too" [ ! -e "$LECTERN_STATE/labs/later/secret" ]
ok "they go on working" as dave "$dave"
ok "burning twice is said" says 'is gone already' lectern handout shop --burn --yes
echo 'erin,Erin,A5' >>class.csv
ok "apply with a new student" lectern apply lab.yaml
erin=$(field erin password)
ok "the new one has a password that works" as erin "$erin"
ok "those from before keep theirs" as dave "$dave"
ok "which are still not shown, nor said to be changed" burned
