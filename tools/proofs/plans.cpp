// What the kernels decide about the width of sums, for questions on stdin, one a line; tools/prove asks the same of its
// own formulas (bounds.py).
//   bound N, then for each term: KIND(0 plain, 1 product) A B DEPTH SHIFT   -> sum_bound
//   fits A_BYTES A B_BYTES B DEPTH                                          -> gemm::sums_fit_int64
//   scheme KERNELS A_BYTES A B_BYTES B DEPTH                                -> scheme, depth of a unit, steps of a
//   block limbs A_BYTES A B_BYTES B DEPTH                                         -> gemm::LimbProduct::suits
// KERNELS: 1 quads, 2 split, 4 doubles, added up. A and B are bounds.
#include <fxp/kernels/sum_plan.hpp>

#include <iostream>
#include <string>

using namespace fxp::kernels;

int main() {
    const auto none = [](const gemm::Task&) {};
    std::string question;
    while (std::cin >> question) {
        if (question == "bound") {
            Term terms[max_terms];
            std::size_t count = 0;
            std::cin >> count;
            for (std::size_t t = 0; t < count; ++t) {
                int kind = 0;
                std::cin >> kind >> terms[t].a.bound >> terms[t].b.bound >> terms[t].depth >> terms[t].shift;
                terms[t].kind = kind == 0 ? Term::Kind::plain : Term::Kind::matrix;
            }
            const fxp::uint128 bound = sum_bound(terms, count);
            std::cout << static_cast<std::uint64_t>(bound >> 64) << ' ' << static_cast<std::uint64_t>(bound) << '\n';
            continue;
        }
        unsigned kernels = 0;
        if (question == "scheme") std::cin >> kernels;
        Operand a;
        Operand b;
        std::size_t depth = 0;
        std::cin >> a.bytes >> a.bound >> b.bytes >> b.bound >> depth;
        if (question == "fits") {
            std::cout << gemm::sums_fit_int64(a, b, depth) << '\n';
        } else if (question == "limbs") {
            std::cout << gemm::LimbProduct::suits(a, b, depth) << '\n';
        } else {
            gemm::KernelSet set;
            if ((kernels & 1) != 0) set.quads[0] = none;
            if ((kernels & 2) != 0) set.split[0] = none;
            if ((kernels & 4) != 0) set.doubles[0] = none;
            const gemm::Choice choice = gemm::choose_scheme(a, b, depth, set);
            std::cout << static_cast<int>(choice.scheme) << ' ' << choice.unit_depth << ' ' << choice.block << '\n';
        }
    }
}
