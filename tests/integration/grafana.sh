#!/bin/sh
# Grafana as the secondary view.  Its dashboards' queries run against the real Prometheus of a class at work and return
# series; its files are written; its HTTP API, both generations of it, is played by a strict stand-in (grafana_server.py),
# for Grafana itself is in no distribution that this project is tested on.
. "${LECTERN_SRCDIR:?}/tests/integration/lib.sh"
. "$LECTERN_SRCDIR/tests/integration/class.sh"

rehearsal='' grafana=''
stop_all() {
	[ -n "$rehearsal" ] && kill "$rehearsal" 2>/dev/null
	[ -n "$grafana" ] && kill "$grafana" 2>/dev/null
	finish
}
trap stop_all EXIT

same() { [ "$1" = "$2" ] || { echo "\"$1\" is not \"$2\""; return 1; }; }
lab=$work/lab/lab.yaml
make_lab() {
	mkdir -p "$work/lab" && cp "$LECTERN_SRCDIR"/assets/labs/library/* "$work/lab/" || return 1
	printf 'limits:\n  idle_after: 10s\n' >>"$lab" # so that somebody is idle soon
	echo login,name >"$work/lab/roster.csv"
	for i in 1 2 3 4 5 6; do echo "robot$i,Robot $i"; done >>"$work/lab/roster.csv"
}
apply() { lectern apply "$lab"; }

ok "the servers start" lectern up
ok "there is a lab" make_lab
ok "a class is applied" apply
ok "the slips can be read" read_handout library

# -- the queries, on a class at work ----------------------------------------------------------------

prometheus=$(site prometheus url)
dashboards=$LECTERN_SRCDIR/assets/grafana/dashboards
lectern rehearse --speed 100 --seed 5 --for 600 --json library robot1 robot2 robot3 >"$work/events.jsonl" 2>"$work/rehearse.err" &
rehearsal=$!
# Somebody who began a step and went away.
part=$(sed -n '/^CREATE TABLE branch/,/;/p' "$work/lab/library.sql")
ok "somebody begins a step and leaves it" as_student robot5 -c "${part:-CREATE TABLE branch (branch_id integer)}"

measured() { shows '.freshness == "fresh" and ([.students[].progress] | length == 6 and all(. != null))'; }
ok "the class is measured" wait_for 90 measured
[ "$test_failed" = 0 ] || exit 1 # each query below would wait in vain

# The expressions of a dashboard, one a line, with a real lab and student: of panels, and of variables.
expressions() {
	jq -r '(.panels[].targets[].expr), (.templating.list[].query.query | capture("label_values\\((?<q>.*), [a-z]+\\)").q)' \
		"$dashboards/$1.json" | sed 's/\$lab/library/g; s/\$student/robot1/g' | sort -u
}
passes_promtool() {
	expressions "$1" | jq -Rn '{groups: [{name: "dashboard", rules: [inputs | {record: "x:y", expr: .}]
		| to_entries | map(.value + {labels: {n: (.key | tostring)}})}]}' >"$work/rules.yml" &&
		promtool check rules "$work/rules.yml" && [ "$(jq '.groups[0].rules | length' "$work/rules.yml")" -gt 5 ]
}
asked() { # query|query_range QUERY more arguments of curl...
	curl -sS -m 10 -G "$prometheus/api/v1/$1" --data-urlencode "query=$2" $3 >"$work/answer.json" &&
		jq -e '.status == "success" and (.data.result | length) > 0' "$work/answer.json" >/dev/null || {
		cat "$work/answer.json"
		return 1
	}
}
returns() { asked query "$1" ""; }
returns_range() { # over the last minute, as a timeline or a graph asks
	now=$(date +%s)
	asked query_range "$1" "--data start=$((now - 60)) --data end=$now --data step=5"
}
bad_expression() { ! promtool check rules "$work/bad.yml"; }
echo '{"groups": [{"name": "dashboard", "rules": [{"record": "x:y", "expr": "sum(up"}]}]}' >"$work/bad.yml"
ok "promtool tells a broken expression" bad_expression
no_series() { ! returns 'lectern_student_state{lab="library", state="dancing"}'; }
ok "a query for what there is not returns nothing" no_series
for name in class student servers; do
	ok "promtool takes every expression of the dashboard $name" passes_promtool "$name"
	expressions "$name" >"$work/expressions"
	while read -r expression; do
		ok "$name: $expression" wait_for 90 returns "$expression"
	done <"$work/expressions"
	jq -r '.panels[].targets[] | select(.range) | .expr' "$dashboards/$name.json" |
		sed 's/\$lab/library/g; s/\$student/robot1/g' | sort -u >"$work/expressions"
	while read -r expression; do
		ok "$name, over time: $expression" returns_range "$expression"
	done <"$work/expressions"
done
everybody() { # the timeline has each student once, with a number that its mapping names
	returns "$(jq -r '.panels[] | select(.title == "The class") | .targets[0].expr' "$dashboards/class.json" | sed 's/\$lab/library/g')" &&
		jq -e '[.data.result[] | .metric.student] | sort == ["robot1", "robot2", "robot3", "robot4", "robot5", "robot6"]' "$work/answer.json" &&
		jq -e --slurpfile d "$dashboards/class.json" \
			'([$d[0].panels[] | select(.title == "The class") | .fieldConfig.defaults.mappings[0].options | keys[]]) as $named
			| [.data.result[].value[1]] | all(. as $v | $named | index($v) != null)' "$work/answer.json"
}
ok "the timeline has every student once, in a state that it can name" everybody
kill "$rehearsal" && wait "$rehearsal" 2>/dev/null
rehearsal=

# -- the files --------------------------------------------------------------------------------------

files=$LECTERN_STATE/grafana
filled_in() {
	for file in dashboards/class.json dashboards/student.json dashboards/servers.json grafana.ini ldap.toml \
		provisioning/dashboards/lectern.yml provisioning/datasources/lectern.yml; do
		[ "$(stat -c %a "$files/$file")" = 644 ] || return 1
	done
	! grep -rn '^[^#;]*\${LECTERN' "$files" && grep -q "url: '$prometheus'" "$files/provisioning/datasources/lectern.yml" &&
		grep -q "path: '$files/dashboards'" "$files/provisioning/dashboards/lectern.yml" &&
		grep -q "^default_home_dashboard_path = $files/dashboards/class.json" "$files/grafana.ini"
}
ok "Grafana's files stand, filled in" filled_in
readable() {
	python3 - "$files" <<-'END'
		import configparser, sys, tomllib
		ldap = tomllib.load(open(sys.argv[1] + "/ldap.toml", "rb"))["servers"][0]
		assert ldap["use_ssl"] and not ldap["ssl_skip_verify"] and ldap["bind_dn"] == "uid=%s,ou=people,dc=lab", ldap
		assert [m["group_dn"] for m in ldap["group_mappings"]] == ["cn=masters,ou=groups,dc=lab"], ldap
		ini = configparser.ConfigParser(interpolation=None)
		ini.read(sys.argv[1] + "/grafana.ini")
		assert ini["auth.anonymous"]["org_role"] == "Viewer" and ini["security"]["disable_initial_admin_creation"] == "true"
		assert ini["auth.ldap"]["config_file"] == sys.argv[1] + "/ldap.toml"
	END
}
ok "grafana.ini and ldap.toml can be read and say what they should" readable
shipped() { for name in class student servers; do cmp "$dashboards/$name.json" "$files/dashboards/$name.json" || return 1; done; }
ok "the dashboards are those that are shipped" shipped
before=$(stat -c '%y %i' "$files"/dashboards/*)
apply_says() { apply >"$work/out" 2>&1; code=$?; cat "$work/out"; [ "$code" = 0 ] && grep -q "$1" "$work/out"; }
ok "a second apply has nothing to change in them" apply_says '^grafana *1, nothing to change'
ok "and leaves them alone" same "$before" "$(stat -c '%y %i' "$files"/dashboards/*)"
plan() { lectern plan "$lab" >"$work/plan" 2>&1; code=$?; cat "$work/plan"; [ "$code" = "$1" ]; }
echo '{}' >"$files/dashboards/class.json"
ok "plan sees a file that was changed" plan 3
ok "and says which" grep -q 'update grafana files' "$work/plan"
ok "apply brings it back" apply_says '^grafana *1, 1 changed'
ok "as it is shipped" shipped

# -- masters log in, as Grafana does it by ldap.toml -------------------------------------------------

# search LOGIN PASSWORD FILTER: bind as LOGIN, look below ou=people.
search() {
	(umask 077 && printf %s "$2" >"$work/password")
	LDAPTLS_CACERT=$LECTERN_STATE/tls/ca.crt ldapsearch -LLL -o ldif-wrap=no -x -H "ldaps://localhost:$(site ldap ldaps_port)" \
		-D "uid=$1,ou=people,dc=lab" -y "$work/password" -b ou=people,dc=lab "$3" uid cn mail memberOf >"$work/found" 2>&1
	code=$?
	cat "$work/found"
	return $code
}
nobody() { lectern master | grep -q 'no master yet'; }
ok "there is no master" nobody
add_master() {
	lectern master add grace --name 'Grace Hopper' --email grace@school.example >"$work/master" &&
		password=$(sed -n 's/.*with the password  //p' "$work/master") && [ ${#password} -ge 15 ]
}
ok "one is made" add_master
ok "the list has her" eval 'lectern master --json | jq -e ". == [{\"login\": \"grace\", \"name\": \"Grace Hopper\"}]"'
again() { lectern master add grace | grep -q 'already'; }
ok "again is nothing" again
found_master() {
	search grace "$password" '(uid=grace)' && grep -qix 'memberOf: cn=masters,ou=groups,dc=lab' "$work/found" &&
		grep -qx 'cn: Grace Hopper' "$work/found" && grep -qx 'mail: grace@school.example' "$work/found"
}
ok "she logs in, and Grafana learns that she is a master" found_master
not_found() { ! search grace wrong '(uid=grace)'; }
ok "not with a wrong password" not_found
found_student() {
	search robot1 "$(credential robot1 password)" '(uid=robot1)' && grep -qx 'uid: robot1' "$work/found" && ! grep -q masters "$work/found"
}
ok "a student is in no group, so Grafana lets none in" found_student
sees_only_own() { search robot1 "$(credential robot1 password)" '(objectClass=*)' && same 1 "$(grep -c ^dn: "$work/found")"; }
ok "and sees nobody else in the directory" sees_only_own
taken() { ! lectern master add robot1 2>"$work/err" && grep -q 'somebody else' "$work/err"; }
ok "a student's login is refused" taken
bad_login() { ! lectern master add 'x,y' 2>"$work/err" && grep -q 'login "x,y"' "$work/err"; }
ok "so is one that is none" bad_login
no_psql() { ! PGPASSWORD=$password psql -X "host=localhost port=$(site postgres port) user=grace dbname=postgres sslmode=require" -c 'SELECT 1'; }
ok "she is nobody in PostgreSQL" no_psql
removed() { lectern master remove grace && nobody && ! search grace "$password" '(uid=grace)'; }
ok "she is removed" removed
gone() { ! lectern master remove grace 2>"$work/err" && grep -q 'no master "grace"' "$work/err"; }
ok "and is no more" gone
ok "another one comes into the same group" eval 'lectern master add alan | grep -q password && lectern master remove alan'

# -- the stand-in -----------------------------------------------------------------------------------

there=$work/grafana
token=$work/token
start_grafana() { # key=value...
	stop_grafana
	rm -rf "$there" && mkdir "$there" || return 1
	python3 "$LECTERN_SRCDIR/tests/integration/grafana_server.py" "$there" "$@" >"$work/grafana.out" 2>&1 &
	grafana=$!
	wait_for 30 [ -s "$there/port" ] || { cat "$work/grafana.out"; return 1; }
	set_site url "http://127.0.0.1:$(cat "$there/port")/"
}
stop_grafana() {
	[ -n "$grafana" ] && kill "$grafana" 2>/dev/null && wait "$grafana" 2>/dev/null
	grafana=
}
set_site() { # KEY VALUE: of the section "grafana"
	awk -v key="$1" -v value="$2" '
		/^[a-z]/ { inside = $1 == "grafana:" }
		inside && $1 == key ":" { $0 = "  " key ": \"" value "\"" }
		{ print }
	' "$LECTERN_STATE/site.yaml" >"$work/site.yaml" && cat "$work/site.yaml" >"$LECTERN_STATE/site.yaml" &&
		same "$2" "$(site grafana "$1")"
}
give_token() { rm -f "$token" && (umask 077 && echo "glsa_$1_0123456789" >"$token"); }
ask() { # PATH ARGUMENTS-OF-CURL...: the stand-in, as somebody else
	path=$1
	shift
	curl -sS -m 10 -H 'Authorization: Bearer glsa_admin_0123456789' -H 'Content-Type: application/json' \
		"http://127.0.0.1:$(cat "$there/port")$path" "$@"
}
writes() { grep -cE '^(POST|PUT)' "$there/requests"; }
refused() { # WORDS...: apply fails, and says each
	apply >"$work/out" 2>&1
	code=$?
	cat "$work/out"
	[ "$code" = 1 ] || return 1
	for words; do grep -q "$words" "$work/out" || { echo "not: $words"; return 1; }; done
}
has() { # PATH FILTER
	ask "$1" >"$work/there.json" && jq -e "$2" "$work/there.json" >/dev/null || { cat "$work/there.json"; return 1; }
}
give_token admin
ok "the site names a token" set_site token_file "$token"

# Version by version: everything is made once.
for case in "9.5.21 old=yes" "11.6.0 old=yes" "12.4.0 old=yes new=v1beta1" "13.1.0 old=410 new=v1" \
	"13.1.0 old=404 new=v1beta1 org=3"; do
	version=${case%% *} more=${case#* }
	case $more in
	*old=yes*) api=old ;;
	*org=3) api=/apis/dashboard.grafana.app/v1beta1/namespaces/org-3/dashboards/ ;;
	*) api=/apis/dashboard.grafana.app/v1/namespaces/default/dashboards/ ;;
	esac
	# shellcheck disable=SC2086 # words
	ok "Grafana $case" start_grafana version="$version" $more
	ok "  plan would make five objects" plan 3
	ok "  and names them" grep -q 'create folder "lectern", data source "lectern Prometheus", dashboard "lectern: the class", dashboard' "$work/plan"
	ok "  plan wrote nothing" same 0 "$(writes)"
	ok "  apply makes them" apply_says '^grafana *6, 5 changed'
	ok "  the data source is there" has /api/datasources/uid/lectern-prometheus \
		".url == \"$prometheus\" and .type == \"prometheus\" and .jsonData.madeBy == \"lectern\""
	if [ "$api" = old ]; then
		ok "  the dashboard is there, in its folder" has /api/dashboards/uid/lectern-class \
			'.meta.folderUid == "lectern" and .dashboard.title == "lectern: the class" and (.dashboard.panels | length == 12)'
	else
		ok "  the dashboard is there, in its folder" has "${api}lectern-class" \
			'.metadata.annotations["grafana.app/folder"] == "lectern" and (.spec.panels | length == 12)'
	fi
	before=$(writes)
	ok "  a second apply has nothing to change" apply_says '^grafana *6, nothing to change'
	ok "  and writes nothing" same "$before" "$(writes)"
	ok "  nothing is left to plan" plan 0
done

# -- what is older, moved, or somebody else's -------------------------------------------------------

age_old() { # FOLDER: the class's dashboard as an older lectern made it, and then moved
	ask /api/dashboards/uid/lectern-class |
		jq --arg folder "$1" '{dashboard: (.dashboard | .tags |= map(sub("^lectern-[0-9a-f]{16}$"; "lectern-0000000000000000")) | .title = "old"),
			folderUid: $folder, overwrite: true}' >"$work/body.json" &&
		ask /api/dashboards/db -d @"$work/body.json" | grep -q success
}
ok "Grafana 11, for changes" start_grafana version=11.6.0
ok "everything is made" apply_says '^grafana *6, 5 changed'
ok "somebody has another folder" eval "ask /api/folders -d '{\"uid\": \"mine\", \"title\": \"Mine\"}' | grep -q mine"
ok "a dashboard is older, and was moved there" age_old mine
doctor_says() { lectern doctor >"$work/doctor"; grep -A 1 ' grafana ' "$work/doctor" | tee "$work/found"; grep -q "$1" "$work/found"; }
ok "the doctor sees it" doctor_says 'lacks 1 of 5 objects'
ok "plan would update it" plan 3
ok "and nothing else" grep -q '^    update dashboard "lectern: the class"$' "$work/plan"
ok "apply updates it" apply_says '^grafana *6, 1 changed'
ok "the doctor is content" doctor_says 'has the dashboards'
ok "it is the new one, where it was moved to" has /api/dashboards/uid/lectern-class \
	'.meta.folderUid == "mine" and .dashboard.title == "lectern: the class" and .dashboard.version == 3'
ok "Prometheus has another address for Grafana" set_site prometheus_url http://prometheus.example:9090
ok "the data source follows, and its file" apply_says '^grafana *6, 2 changed'
ok "with the new address" has /api/datasources/uid/lectern-prometheus '.url == "http://prometheus.example:9090" and .version == 2'
ok "and back" set_site prometheus_url ""
ok "as it was" apply_says '^grafana *6, 2 changed'

age_new() {
	ask "$api" | jq '{kind, apiVersion, metadata: {name: .metadata.name, annotations: {"grafana.app/folder": "lectern"}},
		spec: (.spec | .tags |= map(sub("^lectern-[0-9a-f]{16}$"; "lectern-0000000000000000")) | .title = "old")}' >"$work/body.json" &&
		ask "$api" -X PUT -d @"$work/body.json" | grep -q resourceVersion
}
api=/apis/dashboard.grafana.app/v1/namespaces/default/dashboards/lectern-class
ok "Grafana 13, for changes" start_grafana version=13.1.0 old=410 new=v1
ok "everything is made" apply_says '^grafana *6, 5 changed'
ok "a dashboard is older" age_new
ok "apply updates it" apply_says '^grafana *6, 1 changed'
ok "it is the new one" has "$api" '.spec.title == "lectern: the class" and .metadata.generation == 3'

foreign() { # UID FOLDER: a dashboard of our title that somebody else made
	ask /api/dashboards/db -d "{\"dashboard\": {\"uid\": \"$1\", \"title\": \"lectern: the class\", \"schemaVersion\": 39,
		\"tags\": [\"mine\"], \"panels\": []}, \"folderUid\": \"$2\"}" | grep -q success
}
ok "Grafana 11, for others' work" start_grafana version=11.6.0
ok "somebody has a dashboard with our uid" foreign lectern-class ""
ok "plan says that it stays" plan 3
ok "with the reason" grep -q 'dashboard "lectern: the class" exists and was not made by lectern (it is titled' "$work/plan"
ok "JSON says so, too" eval "lectern plan '$lab' --json | jq -e '.notes | length == 1 and .[0].target == \"grafana\"'"
ok "apply says so, with the mend" refused 'dashboard "lectern: the class": exists and was not made by lectern' 'rename' \
	'the lab stands, but Grafana'
ok "it is not overwritten" has /api/dashboards/uid/lectern-class '.dashboard.tags == ["mine"] and .dashboard.version == 1'
ok "the others are made" has /api/dashboards/uid/lectern-servers '.dashboard.title == "lectern: the servers"'
ok "the doctor says so" doctor_says 'in Grafana exists and was not made by lectern'
before=$(writes)
ok "again, it says so" refused 'was not made by lectern'
ok "and writes nothing" same "$before" "$(writes)"

ok "Grafana 11, for others' names" start_grafana version=11.6.0
ok "a folder with our uid is there" eval "ask /api/folders -d '{\"uid\": \"lectern\", \"title\": \"Labs\"}' | grep -q lectern"
ok "with a dashboard of our name" foreign somebodys lectern
ok "and a data source of our name" eval "ask /api/datasources -d '{\"name\": \"lectern Prometheus\", \"uid\": \"theirs\", \"type\": \"loki\", \"access\": \"proxy\"}' | grep -q added"
ok "apply says both" refused 'dashboard "lectern: the class": exists and was not made by lectern (it has the uid "somebodys")' \
	'data source "lectern Prometheus": exists and was not made by lectern (it has the uid "theirs")'
ok "the folder keeps its name" has /api/folders/lectern '.title == "Labs"'
ok "their data source stays" has /api/datasources/uid/theirs '.type == "loki" and .version == 1'

ok "Grafana 13, for others' work" start_grafana version=13.1.0 old=404 new=v1
ok "somebody has a dashboard with our uid" eval "ask ${api%/*} -d '{\"metadata\": {\"name\": \"lectern-class\"}, \"apiVersion\": \"dashboard.grafana.app/v1\", \"spec\": {\"title\": \"x\", \"schemaVersion\": 41}}' | grep -q k8s-lectern-class"
ok "apply says so" refused 'dashboard "lectern: the class": exists and was not made by lectern (it is titled "x"'
ok "it is not overwritten" has "$api" '.spec.title == "x" and .metadata.generation == 1'

ok "Grafana with a data source of ours that somebody set up by hand" start_grafana version=11.6.0
ok "it has another address" eval "ask /api/datasources -d '{\"name\": \"P\", \"uid\": \"lectern-prometheus\", \"type\": \"prometheus\", \"access\": \"proxy\", \"url\": \"http://p\"}' | grep -q added"
give_token editor
ok "it is used as it is; an editor's token suffices" apply_says '^grafana *6, 4 changed'
ok "and it stays" has /api/datasources/uid/lectern-prometheus '.url == "http://p" and .version == 1'

# -- faults -----------------------------------------------------------------------------------------

fault() { echo "$*" >"$there/faults"; }
well() { lectern status --json | jq -e '.lab == "library"' >/dev/null; }
ok "Grafana 11, for faults" start_grafana version=11.6.0
give_token editor
ok "a token that may not make data sources" refused 'may not make the data source' 403 'role Admin' 'datasources:create' 'the lab stands'
give_token viewer
ok "a token that may only look" refused 403 'role Admin'
give_token unheard_of
ok "a token that is refused" refused 'refuses the token (401)' 'make a new one' "$token"
ok "the token stands in no message" eval "! grep -q glsa_ '$work/out'"
ok "the class stands all the same" well
chmod 644 "$token"
ok "a token that others may read" refused "token file \"$token\"" 'others than its owner may read it' 'chmod 600'
rm "$token" && (umask 077 && printf 'two words\n' >"$token")
ok "a token that is none" refused 'one line without blanks'
rm "$token"
ok "no token" refused 'could not open Grafana.s token file' 'service account'
(umask 077 && mkdir "$token")
ok "a directory for a token" refused 'is no file'
rmdir "$token" && give_token admin

ok "everything is made again" apply_says '^grafana *6,'
ok "a dashboard is older" age_old lectern
fault POST /api/dashboards/db 412 version-mismatch
ok "412: somebody changes it meanwhile" refused 'would not change the dashboard "lectern: the class" (412)' 'in the meantime' 'apply again'
fault POST /api/dashboards/db 409
ok "409" refused '(409)' 'apply again'
fault POST /api/dashboards/db 500
ok "500" refused '(500)' 'log'
fault POST /api/dashboards/db 410
ok "410, and there is no newer API" refused 'neither at /api nor at /apis' 'by hand'
fault GET /api/dashboards/uid 403
ok "403 for looking" refused 'may not look at the dashboard' 'role Admin'
fault GET /api/health 503
ok "503: it is just starting" refused '(503)'
fault GET /api/health 302
ok "a redirection" refused '(302)' 'It sends elsewhere'
fault GET /api/health 404
ok "no Grafana at all" refused '(404)' 'a Grafana, version 9 to 13'
rm "$there/faults"
ok "after that apply completes it" apply_says '^grafana *6, 1 changed'

ok "Grafana 12, with both APIs" start_grafana version=12.4.0 new=v1beta1
fault POST /api/dashboards/db 410
ok "writing goes over to the newer one" apply_says '^grafana *6, 5 changed'
ok "which was asked" grep -q '^POST /apis/dashboard.grafana.app/v1beta1/namespaces/default/dashboards 201$' "$there/requests"
fault POST /api/folders 404
rm "$there/faults"

ok "Grafana 8" start_grafana version=8.5.27
ok "is too old, and that is said" refused 'version 8, which is too old' 'version 9 to 13'
stop_grafana
ok "Grafana is away" refused 'Grafana at "http://127.0.0.1:[0-9]*": ' 'Start it, or mend "url"' 'the lab stands'
ok "the doctor says so" doctor_says 'Start it, or mend'
ok "plan says so, and does not fail" eval 'plan 0 && grep -q "Start it, or mend" "$work/plan"'
ok "events say so" eval 'lectern apply "$lab" --events-fd 3 3>"$work/events" >"$work/out" 2>&1; grep -q "\"event\":\"error\",\"target\":\"grafana\"" "$work/events"'
ok "an address that is none" eval "set_site url 'grafana' && refused 'is no URL' 'https://'"
ok "up keeps what the site says of Grafana" eval 'lectern up && same grafana "$(site grafana url)" && same "$token" "$(site grafana token_file)"'
ok "without an address there are only the files" eval "set_site url '' && apply_says '^grafana *1, nothing to change'"
