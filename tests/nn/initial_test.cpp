#include "autograd/finite_difference.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/linear.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/recipes/q16.hpp>
#include <fxp/recipes/reference.hpp>

namespace initial_test {

using namespace fxp_test;
using fxp::Role;
using Fixed = fxp::FixedArithmetic<fxp::recipes::Reference>;

namespace {

/// Name and values of every parameter.
template <class A>
std::vector<std::pair<std::string, std::vector<double>>> values_of(const fxp::nn::Module<A>& module) {
    std::vector<std::pair<std::string, std::vector<double>>> all;
    for (const auto& any : module.parameters()) {
        std::visit([&](const auto* p) { all.emplace_back(p->name(), p->value().to_real()); }, any);
    }
    return all;
}

struct Moments {
    double mean = 0;
    double deviation = 0;
    double largest = 0;
};
Moments moments(const std::vector<double>& values) {
    Moments m;
    for (const double v : values) {
        m.mean += v / static_cast<double>(values.size());
        m.largest = std::max(m.largest, std::fabs(v));
    }
    for (const double v : values) m.deviation += (v - m.mean) * (v - m.mean) / static_cast<double>(values.size());
    m.deviation = std::sqrt(m.deviation);
    return m;
}

} // namespace

TEST_CASE("normal values have the moments asked for, biases too", "[nn][initial]") {
    Double arithmetic;
    fxp::nn::Linear<Double> layer("l", 200, 300);
    fxp::nn::NormalValues{0.1}(layer, arithmetic, 5);
    for (const auto& [name, values] : values_of<Double>(layer)) {
        const Moments m = moments(values);
        const double root = std::sqrt(static_cast<double>(values.size()));
        INFO(name);
        CHECK(std::fabs(m.mean) < 4 * 0.1 / root);
        CHECK(m.deviation == Approx(0.1).margin(4 * 0.1 / root / std::sqrt(2)));
        CHECK(m.largest > 0.2);
        CHECK(m.largest <= 0.6);
    }
}

TEST_CASE("values of fan-in: weights by their inputs, biases at their own means", "[nn][initial]") {
    Double arithmetic;
    fxp::nn::LSTMCell<Double> cell({64, 100, 25, 0});
    fxp::nn::FanInValues{2}(cell, arithmetic, 5);
    for (const auto& [name, values] : values_of<Double>(cell)) {
        INFO(name);
        if (name[0] == 'b') {
            CHECK(values == std::vector<double>(100, name == "bf" ? 1 : 0));
            continue;
        }
        const double wanted = 2 / std::sqrt(name == "Wr" ? 64 : name[0] == 'W' ? 25 : 100);
        const Moments m = moments(values);
        const double root = std::sqrt(static_cast<double>(values.size()));
        CHECK(std::fabs(m.mean) < 4 * wanted / root);
        CHECK(m.deviation == Approx(wanted).margin(4 * wanted / root / std::sqrt(2)));
    }
    // Normal values start forget gates where they start everything else.
    fxp::nn::initialize_normal(cell, arithmetic, 5, 0.1);
    for (const auto& [name, values] : values_of<Double>(cell)) {
        if (name == "bf") CHECK(std::fabs(moments(values).mean) < 0.05);
    }
}

TEMPLATE_TEST_CASE("twins start at the same reals, each rounded to its own formats", "[nn][initial]",
                   fxp::nn::NormalValues, fxp::nn::FanInValues) {
    using Narrow = fxp::FixedArithmetic<fxp::recipes::Q16>;
    using Float = fxp::FloatArithmetic<float>;
    Double real;
    Float single;
    Fixed fixed;
    Narrow narrow;
    fxp::nn::LSTMCell<Double> a({5, 6, 3, 2});
    fxp::nn::LSTMCell<Float> b({5, 6, 3, 2});
    fxp::nn::LSTMCell<Fixed> c({5, 6, 3, 2});
    fxp::nn::LSTMCell<Narrow> d({5, 6, 3, 2});
    TestType initial;
    initial(a, real, 11);
    initial(b, single, 11);
    initial(c, fixed, 11);
    initial(d, narrow, 11);
    const auto reals = values_of<Double>(a);
    const auto singles = values_of<Float>(b);
    const auto fixeds = values_of<Fixed>(c);
    const auto narrows = values_of<Narrow>(d);
    REQUIRE(reals.size() == 14);
    for (std::size_t p = 0; p < reals.size(); ++p) {
        REQUIRE(reals[p].first == fixeds[p].first);
        for (std::size_t i = 0; i < reals[p].second.size(); ++i) {
            const double x = reals[p].second[i];
            REQUIRE(singles[p].second[i] == static_cast<double>(static_cast<float>(x)));
            REQUIRE(std::fabs(fixeds[p].second[i] - x) <= 0x1p-25);
            REQUIRE(std::fabs(narrows[p].second[i] - x) <= 0x1p-13);
        }
    }
    // Another seed, other values; another parameter of the same shape too; the same seed, the same.
    fxp::nn::LSTMCell<Double> other({5, 6, 3, 2});
    initial(other, real, 12);
    CHECK(values_of<Double>(other)[0] != reals[0]);
    initial(other, real, 11);
    CHECK(values_of<Double>(other) == reals);
    CHECK(reals[2].second != reals[5].second); // Wf and Wi
}

TEST_CASE("initial values of the reference recipe keep their bits", "[nn][initial]") {
    Fixed arithmetic;
    fxp::nn::Linear<Fixed> layer("l", 3, 2);
    fxp::recipes::Reference::initial(layer, arithmetic, 0);
    const auto values = [](const auto& parameter) {
        return std::vector<std::int64_t>(parameter.value().elements().begin(), parameter.value().elements().end());
    };
    CHECK(values(layer.weight()) == std::vector<std::int64_t>{-689745, 413156, 3425313, 298355, -930847, 1769483});
    CHECK(values(layer.bias()) == std::vector<std::int64_t>{115705, 1412255});
    // 0.1 n 2^-32, one product.
    const fxp::RandomStream stream{0, 0, 1, fxp::RandomUse::initial_value};
    for (std::size_t i = 0; i < 2; ++i) {
        const double real = static_cast<double>(fxp::irwin_hall_normal(stream, i)) * (0.1 * 0x1p-32);
        CHECK(layer.bias().value().data()[i] == static_cast<std::int32_t>(std::nearbyint(std::ldexp(real, 24))));
    }
}

} // namespace initial_test
