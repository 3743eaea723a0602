#include "nn/plain_cell.hpp"

#include <fxp/nn/initial.hpp>
#include <fxp/nn/lstm_cell.hpp>
#include <fxp/nn/module.hpp>

#include <map>
#include <string>

namespace lstm_cell_test {

using namespace fxp_test;
using fxp::Role;

namespace {

using Cell = fxp::nn::LSTMCell<Double>;

struct PlainLstm : PlainCell {
    std::vector<double> c;

    void step(std::vector<double> x) {
        if (has("Wr")) x = product("Wr", x);
        const std::vector<double> u = has("Ur") ? product("Ur", h) : h;
        const auto gate = [&](const std::string& k) {
            std::vector<double> z = product("W" + k, x);
            const std::vector<double> recurrent = product("U" + k, u);
            for (std::size_t i = 0; i < z.size(); ++i) z[i] += recurrent[i] + p.at("b" + k).data()[i];
            return z;
        };
        const auto f = gate("f");
        const auto i = gate("i");
        const auto o = gate("o");
        const auto g = gate("c");
        for (std::size_t k = 0; k < c.size(); ++k) {
            c[k] = sigma(f[k]) * c[k] + sigma(i[k]) * std::tanh(g[k]);
            h[k] = sigma(o[k]) * std::tanh(c[k]);
        }
    }
};

} // namespace

TEST_CASE("LSTMCell equals the formulas written out, for all ranks", "[nn]") {
    const auto [rank_w, rank_u] = GENERATE(std::pair{0, 0}, std::pair{2, 0}, std::pair{0, 3}, std::pair{2, 3});
    const std::size_t inputs = 5;
    const std::size_t hidden = 4;
    Double arithmetic;
    fxp::Tape<Double> tape(arithmetic);
    Cell cell({inputs, hidden, static_cast<std::size_t>(rank_w), static_cast<std::size_t>(rank_u)});
    fxp::nn::initialize_normal(cell, arithmetic, 5, 0.7);

    PlainLstm plain;
    std::string names;
    for (const auto& any : cell.parameters()) {
        std::visit(
            [&](const auto* p) {
                plain.p[p->name()] = p->value();
                names += p->name() + " ";
            },
            any);
    }
    const std::string low_rank = std::string(rank_w > 0 ? "Wr " : "") + (rank_u > 0 ? "Ur " : "");
    REQUIRE(names == low_rank + "Wf Uf bf Wi Ui bi Wo Uo bo Wc Uc bc ");

    const std::size_t batch = 3;
    Cell::State state{tape.input(Real({hidden, batch})), tape.input(Real({hidden, batch}))};
    std::vector<Real> rows;
    for (unsigned t = 0; t < 4; ++t) rows.push_back(random_tensor({inputs, batch}, t));
    for (const Real& row : rows) state = cell(tape.input(row), state);
    for (std::size_t n = 0; n < batch; ++n) {
        plain.h.assign(hidden, 0);
        plain.c.assign(hidden, 0);
        for (const Real& row : rows) {
            std::vector<double> x;
            for (std::size_t k = 0; k < inputs; ++k) x.push_back(row.data()[k * batch + n]);
            plain.step(x);
        }
        for (std::size_t k = 0; k < hidden; ++k) {
            REQUIRE(state.h.value().data()[k * batch + n] == Approx(plain.h[k]));
            REQUIRE(state.c.value().data()[k * batch + n] == Approx(plain.c[k]));
        }
    }
}

TEST_CASE("gradients through an LSTMCell's inputs and state equal finite differences", "[nn]") {
    Double arithmetic;
    Cell cell({3, 2, 2, 1});
    fxp::nn::initialize_normal(cell, arithmetic, 6, 0.8);
    check_gradients({random_tensor({3, 4}, 1), random_tensor({2, 4}, 2), random_tensor({2, 4}, 3)},
                    [&](const std::vector<Value>& x) {
                        const Cell::State first = cell(x[0], {x[1], x[2]});
                        const Cell::State second = cell(x[0], first);
                        return fxp::add(second.h, second.c);
                    });
}

} // namespace lstm_cell_test
