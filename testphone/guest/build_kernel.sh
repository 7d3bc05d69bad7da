#!/bin/sh
# Builds the test guest's kernel from Debian's linux-source-6.12: tinyconfig and kernel.config. About 5 minutes on 2 cores.
#
#   sh testphone/guest/build_kernel.sh [--copied-names] [FOLDER]
#
# Debian's packaged kernels lack CONFIG_ANON_VMA_NAME. The image goes to FOLDER/bzImage (the cache where the tests look,
# $XDG_CACHE_HOME/droidanon/kernel or ~/.cache/droidanon/kernel, unless another is given).
# --copied-names: bzImage-copied-names, the same but that a name is copied at each fork, split and merge, as in the
# version of the feature that was rejected; benchmarks/fork_names.py compares the two.
# Needs root, for apt-get, unless the source and the tools are there.

set -e
here=$(cd "$(dirname "$0")" && pwd)
name=bzImage
if [ "$1" = --copied-names ]; then
    name=bzImage-copied-names
    shift
fi
folder=${1:-${XDG_CACHE_HOME:-$HOME/.cache}/droidanon/kernel}
source=/usr/src/linux-source-6.12.tar.xz

complete() {
    for tool in gcc make flex bison bc xz cpio; do command -v $tool >/dev/null 2>&1 || return 1; done
    [ -e $source ] && [ -e /usr/include/libelf.h ] && [ -e /usr/include/openssl/evp.h ]
}

if ! complete; then
    echo "build_kernel: installing Debian's linux-source-6.12 and what it is built with" >&2
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >/dev/null
    apt-get install -y --no-install-recommends linux-source-6.12 \
        gcc libc6-dev make flex bison bc xz-utils cpio libelf-dev libssl-dev >/dev/null
fi

mkdir -p "$folder"
work=$(mktemp -d "$folder/build-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM
echo "build_kernel: unpacking" >&2
tar -xf $source -C "$work" --strip-components=1
cd "$work"
if [ $name = bzImage-copied-names ]; then
    # Of the function that shares a name with one more VMA, the first thing done is now to return a copy.
    header=include/linux/mm_inline.h
    sed -i '/^struct anon_vma_name \*anon_vma_name_reuse(/,/^}/ s/^{$/{\n\treturn anon_vma_name_alloc(anon_name->name);/' $header
    grep -A 4 'anon_vma_name_reuse(struct' $header | grep -q 'return anon_vma_name_alloc' || {
        echo "build_kernel: $header has no anon_vma_name_reuse as it was in 6.12" >&2
        exit 1
    }
fi
make -s tinyconfig
scripts/kconfig/merge_config.sh -m .config "$here/kernel.config" >/dev/null
make -s olddefconfig
# An option that is unknown, or needs one that is not set, is dropped in silence: nothing of the list may be.
grep '^CONFIG_' "$here/kernel.config" | grep -vxFf .config >missing.txt && {
    echo "build_kernel: these options did not take:" >&2
    cat missing.txt >&2
    exit 1
}
echo "build_kernel: building $name with $(nproc) jobs" >&2
make -s -j"$(nproc)" bzImage
cp arch/x86/boot/bzImage "$folder/$name.new"
mv "$folder/$name.new" "$folder/$name"
echo "$folder/$name"
