#!/usr/bin/env bash
# build-image.sh ARCHIVE [CONTEXT]: builds the container image with buildah and writes it to ARCHIVE. The same source (that of this
# repository, or of the folder CONTEXT) gives the same bytes, wherever and whenever it is built on the same base.
#
#   NODE_IMAGE         the base, in place of the official image
#   PLATFORMS          such as linux/amd64,linux/arm64; the machine's own where it is not set
#   FORMAT             oci (the usual one), or docker, for one platform and with the health check
#   SOURCE_DATE_EPOCH  the time of every file; that of the last commit where it is not set
#   SOURCE_URL         where the source can be had, for a label
#   BUILD_FLAGS        more flags for buildah, such as --pull-never
set -euo pipefail
archive=$(realpath --canonicalize-missing "$1")
cd "$(dirname "$0")/.."
context=${2:-.}
format=${FORMAT:-oci}
epoch=${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct)}

labels=(
  "version=$(npm pkg get version | tr -d '"')"
  "revision=$(git rev-parse HEAD)"
  "created=$(date --utc --date "@$epoch" +%FT%TZ)"
  ${SOURCE_URL:+"source=$SOURCE_URL"}
)
flags=("${labels[@]/#/--label=org.opencontainers.image.}")
[ -z "${NODE_IMAGE:-}" ] || flags+=("--build-arg=NODE_IMAGE=$NODE_IMAGE")
[ -z "${PLATFORMS:-}" ] || flags+=("--platform=$PLATFORMS")

# What npm goes by on this machine goes along for the time of the build: as arguments it would stay in the image.
lend() { [ ! -e "$1" ] || flags+=("--volume=$(realpath "$1"):$2:ro"); }
lend "$(npm config get userconfig)" /build/.npmrc
lend "$(npm config get globalconfig)" /usr/local/etc/npmrc
lend "$(npm config get cafile)" "$(npm config get cafile)"

# Only OCI archives hold an image for each of several platforms; only Docker's format has the health check.
name=localhost/zxp-build:$$
case $format in
  oci) kind=--manifest push=(buildah manifest push --all) drop=(buildah manifest rm) ;;
  docker) kind=--tag push=(buildah push) drop=(buildah rmi) ;;
  *) echo "image: FORMAT must be oci or docker, not $format" >&2; exit 2 ;;
esac
# shellcheck disable=SC2086
buildah build --quiet --isolation=chroot --no-cache --format="$format" --timestamp="$epoch" "${flags[@]}" ${BUILD_FLAGS:-} \
  "$kind=$name" --file=deploy/Dockerfile "$context" >/dev/null
trap '"${drop[@]}" "$name" >/dev/null' EXIT
rm -f "$archive"
"${push[@]}" --quiet "$name" "$format-archive:$archive:localhost/zxp:latest"
