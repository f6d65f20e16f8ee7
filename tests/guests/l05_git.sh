# id: L5.git
# title: git makes a repository, commits, clones and branches
# limits: wall=30s
command -v git >/dev/null || { echo "not installed: git"; exit 77; }
set -e
export HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
mkdir repository && cd repository
git init -q .
echo content >file
git add file
git commit -qm first
git checkout -qb branch
git clone -q . ../clone
[ "$(cat ../clone/file)" = content ] && git -C ../clone log --oneline | grep -q first && echo OK
