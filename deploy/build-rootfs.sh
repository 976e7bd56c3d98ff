#!/bin/sh
# build-rootfs.sh FOLDER: puts into FOLDER what node needs to run and no more: itself, the libraries that it loads, who it runs
# as, and the records by which a scanner knows whose libraries they are. For Debian.
set -eu
folder=$1

node=$(command -v node)

mkdir -p "$folder/etc" "$folder/usr/local/bin" "$folder/var/lib/dpkg/status.d"
cd "$folder"

cp --dereference "$node" usr/local/bin/node
cp "${node%/bin/node}/LICENSE" usr/local/
# Under the names by which they are loaded, whatever they are links to.
libraries=$(ldd "$node" | sed -n 's/^[^/]*\(\/[^ ]*\) (0x.*/\1/p')
# shellcheck disable=SC2086
cp --parents --dereference $libraries .

for library in $libraries; do
  # Where /lib is a link to /usr/lib, dpkg knows the one name or the other.
  dpkg-query --search "$library" 2>/dev/null || dpkg-query --search "/usr$library" 2>/dev/null ||
    dpkg-query --search "${library#/usr}"
done | sed 's/:.*//' | sort -u >packages

while read -r package; do
  dpkg-query --status "$package" >"var/lib/dpkg/status.d/$package"
  cp --parents "/usr/share/doc/$package/copyright" .
done <packages
rm packages

cp --dereference /etc/os-release etc/
echo 'zxp:x:65532:65532:zxp:/:/usr/sbin/nologin' >etc/passwd
echo 'zxp:x:65532:' >etc/group
# Without it, names are asked of DNS before /etc/hosts.
echo 'hosts: files dns' >etc/nsswitch.conf
