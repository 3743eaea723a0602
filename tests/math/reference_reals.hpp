// The published artifact's tables as reals, as its page states them, and their evaluation step by step in __int128:
// the oracle of the activation tests. Division throughout; nothing is shared with the library.
#pragma once

#include "core/exact.hpp"

#include <cmath>
#include <vector>

namespace reference_oracle {

struct Reals {
    std::vector<double> upper; ///< the first is the format's end where it is zero
    std::vector<double> offset, c2, c1, c0;
};

inline const Reals sigmoid{
    {0, 12, 8, 6, 5, 4, 3, 2.5, 2, 1, 0.5},
    {-14, -10, -7, -5.5, -4.5, -3.5, -2.75, -2.25, -1.5, -0.75, -0.25},
    {0, -3.0517578125e-05, -0.0004730224609375, -0.0020294189453125, -0.00537109375, -0.0135040283203125,
     -0.024871826171875, -0.0348968505859375, -0.0468902587890625, -0.038848876953125, -0.0152130126953125},
    {0, 6.103515625e-05, 0.001007080078125, 0.004150390625, 0.0111236572265625, 0.0290374755859375, 0.0567169189453125,
     0.086517333984375, 0.1495208740234375, 0.2174835205078125, 0.2454071044921875},
    {1, 0.9999542236328125, 0.99908447265625, 0.9959259033203125, 0.989013671875, 0.9706878662109375, 0.939910888671875,
     0.9046478271484375, 0.8175811767578125, 0.6791839599609375, 0.5621795654296875}};

inline const Reals tanh{
    {0, 6, 4, 3, 2.5, 2, 1.75, 1.5, 1.25, 1, 0.75, 0.5, 0.25, 0.125},
    {-7, -5, -3.5, -2.75, -2.25, -1.875, -1.625, -1.375, -1.125, -0.875, -0.625, -0.375, -0.1875, -0.0625},
    {0, -0.000213623046875, -0.003814697265625, -0.0162811279296875, -0.04296875, -0.0858612060546875,
     -0.13323974609375, -0.1989593505859375, -0.279205322265625, -0.3545684814453125, -0.382720947265625,
     -0.310760498046875, -0.1786956787109375, -0.06207275390625},
    {0, 0.0002593994140625, 0.0040130615234375, 0.0166168212890625, 0.0444793701171875, 0.0902862548828125,
     0.144439697265625, 0.226837158203125, 0.3460693359375, 0.505279541015625, 0.6922454833984375, 0.869903564453125,
     0.9649810791015625, 0.995330810546875},
    {1, 0.999908447265625, 0.9981842041015625, 0.9918670654296875, 0.97802734375, 0.95404052734375, 0.9253387451171875,
     0.87982177734375, 0.809295654296875, 0.7039031982421875, 0.554595947265625, 0.3583526611328125, 0.185333251953125,
     0.0624237060546875}};

inline const Reals rsqrt{{4, 3.25, 2.5, 2.125, 1.75, 1.375, 1.1875},
                         {-3.625, -2.875, -2.3125, -1.9375, -1.5625, -1.28125, -1.09375},
                         {0.0150604248046875, 0.0269622802734375, 0.0462493896484375, 0.0720672607421875,
                          0.1236572265625, 0.2022857666015625, 0.3007049560546875},
                         {-0.0727386474609375, -0.1032257080078125, -0.1425323486328125, -0.1860504150390625,
                          -0.25738525390625, -0.345458984375, -0.438323974609375},
                         {0.5252227783203125, 0.5897674560546875, 0.6575927734375, 0.718414306640625,
                          0.8000030517578125, 0.883453369140625, 0.9561767578125}};

/// Formats of up to 62 value bits: products stay below 2^126.
class Evaluation {
  public:
    Evaluation(const Reals& table, int word_bits, int frac_bits)
        : table_(table), frac_bits_(frac_bits), max_((exact::i128{1} << (word_bits - 1)) - 1) {}

    exact::Events events;

    exact::i128 sigmoid(exact::i128 x) { return clip(x < 0 ? one() - positive(x) : positive(x)); }
    exact::i128 tanh(exact::i128 x) { return clip(x < 0 ? -positive(x) : positive(x)); }
    exact::i128 rsqrt(exact::i128 v) {
        exact::i128 factor = 1;
        for (; v < one(); v *= 4) factor *= 2;
        return clip(positive(v) * factor);
    }

  private:
    exact::i128 one() const { return exact::i128{1} << frac_bits_; }
    exact::i128 clip(exact::i128 value) {
        if (value <= max_ && value >= -max_) return value;
        events.record(value);
        return value < 0 ? -max_ : max_;
    }
    /// Half to even on a double that the scaling leaves exact; saturated without an event.
    exact::i128 from_real(double value) const {
        const auto raw = static_cast<exact::i128>(std::nearbyint(std::ldexp(value, frac_bits_)));
        return raw > max_ ? max_ : raw < -max_ ? -max_ : raw;
    }
    exact::i128 product(exact::i128 a, exact::i128 b) const {
        return exact::rounded<exact::i128>(fxp::Rounding::nearest_even, a * b, frac_bits_);
    }
    exact::i128 positive(exact::i128 x) {
        const exact::i128 size = x < 0 ? -x : x;
        std::size_t segment = 0;
        for (std::size_t i = 0; i < table_.upper.size(); ++i) {
            const exact::i128 bound = table_.upper[i] == 0 ? max_ : from_real(table_.upper[i]);
            if (size <= bound) segment = i;
        }
        const exact::i128 t = clip(size + from_real(table_.offset[segment]));
        exact::i128 sum = 0;
        for (const auto* coefficients : {&table_.c2, &table_.c1, &table_.c0}) {
            sum = clip(clip(product(sum, t)) + from_real((*coefficients)[segment]));
        }
        return sum;
    }

    const Reals& table_;
    int frac_bits_;
    exact::i128 max_;
};

} // namespace reference_oracle
