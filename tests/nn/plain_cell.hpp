// PlainCell: what a recurrent cell's formulas are written out with, for one sample.
#pragma once

#include "autograd/finite_difference.hpp"

#include <cmath>
#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace fxp_test {

struct PlainCell {
    std::map<std::string, Real> p; ///< parameters by name; matrices row-major
    std::vector<double> h;

    bool has(const std::string& name) const { return p.count(name) > 0; }
    std::vector<double> product(const std::string& name, const std::vector<double>& x) const {
        const Real& w = p.at(name);
        std::vector<double> y(w.shape()[0]);
        for (std::size_t r = 0; r < y.size(); ++r) {
            for (std::size_t k = 0; k < x.size(); ++k) y[r] += w.data()[r * x.size() + k] * x[k];
        }
        return y;
    }
    static double sigma(double sum) { return 1 / (1 + std::exp(-sum)); }
};

} // namespace fxp_test
