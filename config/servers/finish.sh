#!/bin/sh
# Made by lectern up.  Notes how the server ended: count, exit status, wait status, time.
count=0
[ -f last-exit ] && read -r count rest <last-exit
echo "$((count + 1)) $1 $2 $(date +%s)" >last-exit.new && mv last-exit.new last-exit
