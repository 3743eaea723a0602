// Parameter updates on floating-point tensors: the twins of adam_update, sgd_update and GradientNorm.
#pragma once

#include "fxp/tensor/float_tensor.hpp"
#include "fxp/tensor/update_rates.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace fxp {

/// The formulas of the fixed-point adam_update in the tensors' arithmetic.
template <std::floating_point T>
void adam_update(FloatTensor<T>& w, FloatTensor<T>& m, FloatTensor<T>& n, FloatTensor<T>* largest,
                 const FloatTensor<T>& g, double scale, const AdamRates& rates, const Context& = {}) {
    const auto factor = static_cast<T>(scale);
    const auto fresh_m = static_cast<T>(rates.one_minus_beta1);
    const auto fresh_n = static_cast<T>(rates.one_minus_beta2);
    const auto rate = static_cast<T>(rates.rate);
    const auto decay = static_cast<T>(rates.decay);
    const auto epsilon = static_cast<T>(rates.epsilon);
    for (std::size_t i = 0; i < w.size(); ++i) {
        const T gradient = factor * g.data()[i];
        T& mean = m.data()[i];
        T& power = n.data()[i];
        mean += (gradient - mean) * fresh_m;
        power += (gradient * gradient - power) * fresh_n;
        T second = power;
        if (largest != nullptr) second = largest->data()[i] = std::max(power, largest->data()[i]);
        w.data()[i] -= decay * w.data()[i] + rate * mean / std::sqrt(second + epsilon);
    }
}

/// The formulas of the fixed-point sgd_update in the tensors' arithmetic.
template <std::floating_point T>
void sgd_update(FloatTensor<T>& w, FloatTensor<T>& v, const FloatTensor<T>& g, double scale, const SgdRates& rates,
                const Context& = {}) {
    const auto factor = static_cast<T>(scale);
    const auto momentum = static_cast<T>(rates.momentum);
    const auto rate = static_cast<T>(rates.rate);
    const auto decay = static_cast<T>(rates.decay);
    for (std::size_t i = 0; i < w.size(); ++i) {
        const T gradient = factor * g.data()[i];
        T& velocity = v.data()[i];
        velocity = momentum * velocity + gradient;
        w.data()[i] -= decay * w.data()[i] + rate * (rates.nesterov ? momentum * velocity + gradient : velocity);
    }
}

/// As GradientNorm, in doubles.
class FloatGradientNorm {
  public:
    /// Adds a gradient's squares.
    template <std::floating_point T>
    void add(const FloatTensor<T>& g) {
        for (const T value : g.elements()) sum_ += static_cast<double>(value) * static_cast<double>(value);
    }
    /// scale, or largest / norm where that is smaller.
    double limited(double scale, double largest) const {
        const double norm = std::sqrt(sum_);
        return scale * norm > largest ? largest / norm : scale;
    }

  private:
    double sum_ = 0;
};

} // namespace fxp
