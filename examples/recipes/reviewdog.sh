#!/bin/sh
# Review comments on the lines of a pull or merge request, by reviewdog
# (https://github.com/reviewdog/reviewdog): it reads the SARIF report.
#
#   REPORTER=github-pr-review ./reviewdog.sh      needs REVIEWDOG_GITHUB_API_TOKEN
#   REPORTER=gitlab-mr-discussion ./reviewdog.sh  needs REVIEWDOG_GITLAB_API_TOKEN
set -eu
report=$(mktemp)
trap 'rm -f "$report"' EXIT
code=0
leaksift ci --output "sarif=$report" || code=$?
# 1 is findings. Anything higher is no result to comment on.
[ "$code" -le 1 ] || exit "$code"
reviewdog -f=sarif -name=leaksift -reporter="${REPORTER:-local}" -filter-mode=added <"$report"
exit "$code"
