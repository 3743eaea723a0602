#!/usr/bin/env bash
# Our headers keep the layers, and check_layers.sh sees each kind of violation when it is planted.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
check=$source_dir/tests/layers/check_layers.sh

bash "$check" "$source_dir/include" || fail "the headers in include/ break the layers"

# planted FILE LINE REGEX: with LINE in FILE, in a tree that was in order before, the check fails and says REGEX.
planted() {
    rm -rf "$work/tree"
    mkdir -p "$work"/tree/fxp/{core,kernels,math,tensor,autograd,nn,optim,data,io,odd}
    cat >"$work/tree/fxp/fxp.hpp" <<<'#include <fxp/nn/a.hpp>'
    cat >"$work/tree/fxp/core/a.hpp" <<<'#include <cstdint>'
    cat >"$work/tree/fxp/core/b.hpp" <<<'#include <fxp/core/a.hpp>'
    cat >"$work/tree/fxp/tensor/a.hpp" <<<'#include <fxp/core/a.hpp>'
    cat >"$work/tree/fxp/nn/a.hpp" <<<'#include "fxp/tensor/a.hpp"'
    must_pass bash "$check" "$work/tree"
    mkdir -p "$(dirname "$work/tree/$1")"
    printf '%s\n' "$2" >>"$work/tree/$1"
    must_fail "$3" bash "$check" "$work/tree"
}

planted fxp/core/a.hpp '#include <fxp/tensor/b.hpp>' 'fxp/core/a.hpp:2: core may not include fxp/tensor/b.hpp'
planted fxp/kernels/simd/a.hpp '  #  include "fxp/math/b.hpp"' 'kernels may not include fxp/math'
planted fxp/nn/a.hpp '#include <fxp/optim/b.hpp>' 'nn may not include fxp/optim'
planted fxp/optim/a.hpp '#include <fxp/nn/a.hpp>' 'optim may not include fxp/nn'
planted fxp/io/a.hpp '#include <fxp/data/b.hpp>' 'io may not include fxp/data'
planted fxp/nn/a.hpp '#include <fxp/fxp.hpp>' 'nn includes the umbrella'
planted fxp/tensor/a.hpp '#include "../nn/a.hpp"' 'tensor may not include fxp/nn/a.hpp'
planted fxp/kernels/simd/a.hpp '#include "../../tensor/a.hpp"' 'kernels may not include fxp/tensor/a.hpp'
planted fxp/tensor/b.hpp '#include "./../fxp.hpp"' 'tensor includes the umbrella fxp/fxp.hpp'
planted fxp/core/a.hpp '#include "b.hpp"' 'a circle: fxp/core/a.hpp -> fxp/core/b.hpp -> fxp/core/a.hpp'
planted fxp/io/a.hpp '#include "../../../elsewhere.hpp"' 'is not a header of ours'
planted fxp/core/a.hpp '#include <string>' 'core may not include <string>'
planted fxp/kernels/a.hpp '#include <thread> // for a moment' 'kernels may not include <thread>'
planted fxp/odd/a.hpp '#include <vector>' 'the room odd has no rule'
planted fxp/tensor/a.hpp '#include <Eigen/Core>' 'fxp.hpp reaches <Eigen/Core>'
planted fxp/core/a.hpp '#include <fxp/core/a.hpp>' 'a circle: fxp/core/a.hpp -> fxp/core/a.hpp'
planted fxp/core/a.hpp '#include <fxp/core/b.hpp>' 'a circle: fxp/core/a.hpp -> fxp/core/b.hpp -> fxp/core/a.hpp'
