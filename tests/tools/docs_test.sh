#!/usr/bin/env bash
# tools/docs.sh: every public name of the library has a comment; and names without one, planted in a copy, are seen.
source "$(dirname "${BASH_SOURCE[0]}")/../support/harness.sh"
command -v doxygen >/dev/null || skip "there is no doxygen"

mkdir -p "$work/tree/tools"
cp -r "$source_dir/tools/docs" "$source_dir/tools/docs.sh" "$work/tree/tools/"
cp -r "$source_dir/include" "$work/tree/"
docs() { "$work/tree/tools/docs.sh" "$@"; }

docs --check || fail "the library has public names without a comment"

# A small library of planted names.
rm -r "$work/tree/include/fxp"
mkdir -p "$work/tree/include/fxp/kernels"
cat >"$work/tree/include/fxp/planted.hpp" <<'END'
#pragma once
namespace fxp {
/// With words.
struct Told {
    Told() = default;
    explicit Told(int value);
    int bare; int said; ///< the second has words
    friend bool operator==(const Told&, const Told&) = default;
    int operator()(int value) const;
  protected:
    int inherited;
  private:
    int hidden;
};
class Untold {};
/// Half of them.
enum class Some { first, second /**< has words */ };
/// An overload is enough.
int overloaded(int value);
int overloaded(long value);
template <class T>
int lonely(T value);
/// Both.
/// @{
int left();
int right();
/// @}
inline constexpr int constant = 1;
using Alias = int;
namespace detail {
int internal();
}
} // namespace fxp
END
printf 'namespace fxp::kernels {\nint kernel();\n}\n' >"$work/tree/include/fxp/kernels/planted.hpp"
said=$(docs --check) && fail "nothing is seen: $said"
sed -n 's/^include.fxp.planted\.hpp:[0-9]*: \(.*\) is not documented$/\1/p' <<<"$said" | LC_ALL=C sort >"$work/missing"
diff "$work/missing" - <<'END' || fail "$said"
fxp::Alias
fxp::Some::first
fxp::Told::Told
fxp::Told::bare
fxp::Told::operator()
fxp::Untold
fxp::constant
fxp::lonely
END

# What Doxygen does not understand is an error too.
sed -i '1i /// Nothing <like> this.' "$work/tree/include/fxp/kernels/planted.hpp"
must_fail 'planted\.hpp:[0-9]+: warning: .*<like>' docs --check
must_fail "no public names, expected Doxygen's XML" python3 "$source_dir/tools/docs/undocumented.py" "$work"
must_fail "docs\.sh: '--fast', expected nothing or --check" docs --fast
