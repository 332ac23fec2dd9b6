#!/bin/sh
# health.sh SIGNAL GRACE PATIENT COMMAND...: a container's health check, which compose alone would only
# write down: after three failures in a row it ends process 1, and the restart policy starts the
# container again.  Failures in the first GRACE seconds don't count, nor does exit status PATIENT
# ("-": none), nor what fails while the start script makes something.
signal=$1 grace=$2 patient=$3
shift 3
[ -e /tmp/born ] || date +%s >/tmp/born
timeout 4 "$@" >/dev/null 2>&1
status=$?
if [ $status = 0 ]; then
	rm -f /tmp/failures
	exit 0
fi
[ ! -e /tmp/starting ] && [ $status != "$patient" ] || exit 1
[ $(($(date +%s) - $(cat /tmp/born))) -ge "$grace" ] || exit 1
failures=$(cat /tmp/failures 2>/dev/null)
failures=$((${failures:-0} + 1))
echo $failures >/tmp/failures
if [ $failures = 3 ]; then
	kill -s "$signal" 1
elif [ $failures -gt 3 ]; then
	kill -s KILL -- -1 # it did not listen; process 1 ends with its child
fi
exit 1
