#include "quadrature.hpp"

#include <cstddef>

namespace fxp::approximate {
namespace {

/// Integrals of s^k exp(-decay s) over [-1, 1], k = 0 ... count - 1, by the exponential's series.
std::vector<WideReal> moments(std::size_t count, const WideReal& decay) {
    std::vector<WideReal> result(count);
    WideReal term(1.0); // (-decay)^j / j!
    for (std::size_t j = 0; !term.is_zero(); ++j) {
        for (std::size_t k = j % 2; k < count; k += 2) {
            result[k] += term * WideReal(2.0) / WideReal(static_cast<double>(j + k + 1));
        }
        term = -term * decay / WideReal(static_cast<double>(j + 1));
        if (abs(term) < WideReal::scaled(1, -WideReal::precision)) break;
    }
    return result;
}

WideReal dot(const std::vector<WideReal>& polynomial, const std::vector<WideReal>& moment, std::size_t shift) {
    WideReal sum;
    for (std::size_t i = 0; i < polynomial.size(); ++i) sum += polynomial[i] * moment[i + shift];
    return sum;
}

/// Integral of p q.
WideReal product(const std::vector<WideReal>& p, const std::vector<WideReal>& q, const std::vector<WideReal>& moment,
                 std::size_t shift = 0) {
    WideReal sum;
    for (std::size_t i = 0; i < q.size(); ++i) sum += q[i] * dot(p, moment, i + shift);
    return sum;
}

/// A zero of the last polynomial between two points where it has different signs, to 40 binary digits.
WideReal zero_between(const OrthogonalBasis& basis, WideReal low, WideReal high) {
    const bool falling = WideReal(0.0) < basis.values(low).back();
    for (int bit = 0; bit < 40; ++bit) {
        const WideReal middle = (low + high) * WideReal(0.5);
        (falling == (WideReal(0.0) < basis.values(middle).back()) ? low : high) = middle;
    }
    return (low + high) * WideReal(0.5);
}

/// The same zero to all digits: Newton's rule doubles them at each step.
WideReal polished(const OrthogonalBasis& basis, WideReal zero) {
    for (int step = 0; step < 6; ++step) {
        const std::vector<WideReal> p = basis.values(zero);
        WideReal derivative;
        WideReal before;
        for (std::size_t k = 0; k < basis.size(); ++k) {
            const WideReal next = p[k] + (zero - basis.a[k]) * derivative - basis.b[k] * before;
            before = derivative;
            derivative = next;
        }
        zero -= p.back() / derivative;
    }
    return zero;
}

} // namespace

std::vector<WideReal> OrthogonalBasis::values(const WideReal& s) const {
    std::vector<WideReal> result{WideReal(1.0)};
    for (std::size_t k = 0; k < a.size(); ++k) {
        WideReal next = (s - a[k]) * result[k];
        if (k > 0) next -= b[k] * result[k - 1];
        result.push_back(next);
    }
    return result;
}

OrthogonalBasis orthogonal_basis(int size, const WideReal& decay) {
    const auto count = static_cast<std::size_t>(size);
    const std::vector<WideReal> moment = moments(2 * count + 1, decay);

    // Stieltjes: a_k = <s p_k, p_k> / <p_k, p_k>, b_k = <p_k, p_k> / <p_(k-1), p_(k-1)>.
    OrthogonalBasis basis;
    std::vector<WideReal> previous;
    std::vector<WideReal> current{WideReal(1.0)};
    for (std::size_t k = 0; k < count; ++k) {
        const WideReal norm = product(current, current, moment);
        basis.a.push_back(product(current, current, moment, 1) / norm);
        basis.b.push_back(k > 0 ? norm / basis.squared_norms[k - 1] : WideReal(0.0));
        basis.squared_norms.push_back(norm);
        std::vector<WideReal> next(current.size() + 1);
        for (std::size_t i = 0; i < current.size(); ++i) {
            next[i + 1] += current[i];
            next[i] -= basis.a[k] * current[i];
        }
        for (std::size_t i = 0; i < previous.size(); ++i) next[i] -= basis.b[k] * previous[i];
        previous = current;
        current = next;
    }

    // The zeros of one polynomial separate those of the next.
    std::vector<WideReal> zeros;
    for (std::size_t n = 1; n <= count; ++n) {
        OrthogonalBasis shorter;
        shorter.a.assign(basis.a.begin(), basis.a.begin() + static_cast<std::ptrdiff_t>(n));
        shorter.b.assign(basis.b.begin(), basis.b.begin() + static_cast<std::ptrdiff_t>(n));
        std::vector<WideReal> bounds{WideReal(-1.0)};
        bounds.insert(bounds.end(), zeros.begin(), zeros.end());
        bounds.emplace_back(1.0);
        zeros.clear();
        for (std::size_t i = 0; i < n; ++i) zeros.push_back(zero_between(shorter, bounds[i], bounds[i + 1]));
    }
    for (const WideReal& zero : zeros) {
        basis.nodes.push_back(polished(basis, zero));
        const std::vector<WideReal> p = basis.values(basis.nodes.back());
        WideReal sum;
        for (std::size_t k = 0; k < count; ++k) sum += p[k] * p[k] / basis.squared_norms[k];
        basis.weights.push_back(WideReal(1.0) / sum);
    }
    return basis;
}

} // namespace fxp::approximate
