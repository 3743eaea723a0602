#include "named_functions.hpp"

#include "known_functions.hpp"

#include <array>

namespace fxp::approximate {
namespace {

using kernels::Symmetry;

template <class Function>
std::unique_ptr<ExactFunction> make() {
    return std::make_unique<Function>();
}

constexpr std::array<NamedFunction, 9> functions{{
    {"sigmoid", "1/(1 + exp(-x))", "1/(1+exp(-x))", "0:32", Symmetry::one_minus, make<SigmoidFunction>},
    {"tanh", "tanh(x)", "tanh(x)", "0:16", Symmetry::odd, make<TanhFunction>},
    {"rsqrt", "1/sqrt(x)", "1/sqrt(x)", "1:4", Symmetry::none, make<RsqrtFunction>},
    {"exp2", "2^x", "2^x", "0:1", Symmetry::none, make<Exp2Function>},
    {"log2", "log2(x)", "log2(x)", "1:2", Symmetry::none, make<Log2Function>},
    {"reciprocal", "1/x", "1/x", "1:2", Symmetry::none, make<ReciprocalFunction>},
    {"softplus", "log(1 + exp(x))", "log1p(exp(-x))", "0:32", Symmetry::ramp, nullptr, "log1p(exp(x))"},
    {"gelu", "x (1 + erf(x/sqrt(2)))/2", "-x*erfc(x/sqrt(2))/2", "0:16", Symmetry::ramp, nullptr,
     "x*erfc(-x/sqrt(2))/2"},
    {"silu", "x/(1 + exp(-x))", "-x/(1+exp(x))", "0:64", Symmetry::ramp, nullptr, "x/(1+exp(-x))"},
}};

} // namespace

std::span<const NamedFunction> named_functions() { return functions; }

const NamedFunction* find_named_function(std::string_view name) {
    for (const NamedFunction& function : functions) {
        if (function.name == name) return &function;
    }
    return nullptr;
}

std::string known_function_names() {
    std::string names;
    for (const NamedFunction& function : functions) {
        if (!names.empty()) names += ", ";
        names += function.name;
    }
    return names;
}

} // namespace fxp::approximate
