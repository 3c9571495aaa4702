#!/usr/bin/env bash
# Installs the programs that `serve` is tested with, into .peers/bin, each beside a stamp with its version: a second run
# does nothing. Those that cannot be had are named with the reason; their tests are skipped and say so too.
#
#   test/peers/install.sh            helm 3, helm 4, the S3 server versitygw, gpg; ChartMuseum and helm-s3 from source
#   test/peers/install.sh --bench    also nginx, Varnish, wrk and h2load, for `npm run bench:serve`
#
# ChartMuseum and helm-s3 are not published as modules that `go install` may fetch. They are built when
# CHARTCOST_PEER_SOURCES names a folder with their checkouts (chartmuseum/, helm-s3/); else a program of that name on the
# PATH is taken; else they are named as missing, and what ChartMuseum answered once (fixtures/chartmuseum) stands in.
set -euo pipefail
cd "$(dirname "$0")/../.."

build_seconds=420
programs=.peers/bin
mkdir -p "$programs"

missing() { echo "peer not installed ($2): $1"; }
is_current() { [ -x "$programs/$1" ] && [ "$(cat "$programs/$1.version" 2>/dev/null)" = "$2" ]; }

# NAME VERSION FOLDER: the only file that was built into FOLDER becomes the program NAME, at once.
keep() {
	mv -f "$3"/* "$programs/$1"
	echo "$2" >"$programs/$1.version"
}

# NAME PACKAGE VERSION NICENESS [LINKER FLAGS]
from_module() {
	local name=$1 package=$2 version=$3 built status=0
	is_current "$name" "$version" && return 0
	command -v go >/dev/null 2>&1 || { missing "$name" "no Go"; return 0; }
	built=$(mktemp -d)
	GOBIN=$built GOFLAGS=-buildvcs=false nice -n "$4" timeout "$build_seconds" \
		go install -ldflags "-s -w ${5:-}" "$package@$version" </dev/null >".peers/$name.log" 2>&1 || status=$?
	case $status in
		0) keep "$name" "$version" "$built" ;;
		124) missing "$name" "not built in $build_seconds s; what is built so far is kept for the next run" ;;
		*) missing "$name" "go install failed: $(tail -n 1 ".peers/$name.log")" ;;
	esac
	rm -rf "$built"
}

# NAME PACKAGE FOLDER: a checkout that somebody has put there.
from_source() {
	local name=$1 package=$2 folder=${CHARTCOST_PEER_SOURCES:-}/$3 version built
	if [ -z "${CHARTCOST_PEER_SOURCES:-}" ] || [ ! -d "$folder" ]; then
		[ -x "$programs/$name" ] || command -v "$name" >/dev/null 2>&1 ||
			missing "$name" "not published as a module; CHARTCOST_PEER_SOURCES names no checkout of it"
		return 0
	fi
	version=$(git -C "$folder" describe --tags 2>/dev/null || echo unknown)
	is_current "$name" "$version" && return 0
	built=$(mktemp -d)
	if (cd "$folder" && GOFLAGS=-buildvcs=false timeout "$build_seconds" go build \
		-ldflags "-s -w -X main.Version=${version#v} -X main.Revision=source" -o "$built/program" "$package") \
		</dev/null >".peers/$name.log" 2>&1; then
		keep "$name" "$version" "$built"
	else
		missing "$name" "go build failed: $(tail -n 1 ".peers/$name.log")"
	fi
	rm -rf "$built"
}

# COMMAND PACKAGE ...: Debian's packages, for commands that are not there yet.
from_debian() {
	local updated=no command package
	while [ "$#" -gt 0 ]; do
		command=$1 package=$2
		shift 2
		command -v "$command" >/dev/null 2>&1 && continue
		if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null 2>&1; then
			missing "$package" "needs root and apt-get"
			continue
		fi
		[ "$updated" = yes ] || timeout 120 apt-get update -qq >/dev/null 2>&1 || true
		updated=yes
		DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -qq --no-install-recommends "$package" \
			</dev/null >/dev/null 2>&1 || missing "$package" "apt-get failed"
	done
}

from_debian gpg gnupg
[ "${1:-}" != --bench ] || from_debian nginx nginx-light varnishd varnish wrk wrk h2load nghttp2-client

# Side by side: downloading one while another is compiled. The nicer ones wait, so that a machine that is too slow for
# all of them has at least the first: without the S3 server nothing runs, and helm 3 makes the charts.
from_module versitygw github.com/versity/versitygw/cmd/versitygw v1.8.0 0 &
from_module helm3 helm.sh/helm/v3/cmd/helm v3.22.0 5 "-X helm.sh/helm/v3/internal/version.version=v3.22.0" &
from_module helm4 helm.sh/helm/v4/cmd/helm v4.3.1 10 "-X helm.sh/helm/v4/internal/version.version=v4.3.1" &
wait
from_source chartmuseum ./cmd/chartmuseum chartmuseum
from_source helm-s3 ./cmd/helm-s3 helm-s3
