# id: L5.copies
# title: archives are unpacked and trees copied with their modes and times
# limits: wall=30s
set -e
mkdir -p tree/inside
echo content >tree/inside/file
ln -s inside/file tree/link
chmod 750 tree/inside
chmod 640 tree/inside/file
touch -d 2001-02-03T04:05:06Z tree/inside/file tree/inside
tar -cf tree.tar tree
mkdir unpacked copied
tar -xpf tree.tar -C unpacked
cp -a tree copied
for copy in unpacked copied; do
  [ "$(stat -c '%a %Y' "$copy/tree/inside" "$copy/tree/inside/file" | tr '\n' ' ')" = "750 981173106 640 981173106 " ]
  [ "$(cat $copy/tree/link)" = content ]
done
install -m 700 tree/inside/file program
[ -x program ] && echo OK
