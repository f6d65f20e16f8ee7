# id: L3.node.child
# title: node works as a child of a shell
# limits: wall=30s
command -v node >/dev/null || { echo "not installed: nodejs"; exit 77; }
node -e "setTimeout(() => console.log('OK'), 10)"
