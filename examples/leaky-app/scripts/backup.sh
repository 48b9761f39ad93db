#!/bin/sh
set -eu
mysqldump --user=orchard --password=Perry52thimble orchard > orchard.sql
curl -u barn:Cobnut-17-sickle -T orchard.sql https://store.kestrel-and-moss.invalid/backup/
