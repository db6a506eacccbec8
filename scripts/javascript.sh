#!/bin/sh
# javascript.sh check|test: runs that npm script, or says in one line why it cannot. With install it only brings the tools.
set -eu
what=$1

skip() {
    case ",${KAFKAVIZ_TEST_REQUIRE:-}," in
        *,node,*) echo "JavaScript $what failed: $1 (KAFKAVIZ_TEST_REQUIRE names node)." >&2; exit 1 ;;
    esac
    echo "JavaScript $what skipped: $1."
    exit 0
}

command -v node >/dev/null || skip "node is not installed"
command -v npm >/dev/null || skip "npm is not installed"
major=$(node -p 'process.versions.node.split(".")[0]')
[ "$major" -ge 18 ] || skip "node $major is too old, 18 is needed"

# npm ci insists on lock entries for every platform's build of Biome, which not every registry carries;
# package.json names exact versions, so a plain install brings the same.
install() {
    options="--silent --no-audit --no-fund"
    npm ci $options >/dev/null 2>&1 || npm install $options --no-save --no-package-lock
}

# The tests need nothing but node; all else needs what package.json names.
if [ "$what" != test ] && ! cmp -s package.json node_modules/.installed-for; then
    install || skip "npm could not install the tools"
    cp package.json node_modules/.installed-for
fi
[ "$what" = install ] || npm run --silent "$what"
