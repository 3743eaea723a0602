#!/usr/bin/env bash
# Wrong inputs of the trainers: each gives one line on stderr, its exit code, and nothing written.
source "$(dirname "${BASH_SOURCE[0]}")/trainers.sh"
here=$work/here # all inputs and outputs; messages go beside it
mkdir "$here"
cd "$here"

listing() { find . -printf '%p %s %T@\n' | sort; }

# refused CODE PROGRAM WORDS ARGUMENT...: exit code, one line that holds each of the words (split at '|'), no trace.
refused() {
    local code=$1 program=$2 words=$3 got=0 word
    shift 3
    listing >../before
    # Formats and files of the reference recipe, unless something else is said.
    case " $* " in *' --recipe '* | *' --resume '* | *' --config '* | *' --help '*) ;; *) set -- --recipe reference "$@" ;; esac
    timeout 20 "$program" --quiet "$@" >../stdout 2>../stderr || got=$?
    listing >../after
    [[ $got == "$code" && $(wc -l <../stderr) == 1 && ! -s ../stdout ]] ||
        { cat ../stderr; fail "exit code $got, expected $code and one line on stderr: $*"; }
    cmp -s ../before ../after || { diff ../before ../after; fail "something was written: $*"; }
    [[ $(<../stderr) == "${program##*/}: "* ]] || fail "the program is not named: $(<../stderr)"
    ! grep -q '[^ -~]' ../stderr || fail "unprintable characters: $(cat -v ../stderr)"
    while read -rd '|' word; do
        grep -qF -- "$word" ../stderr || { cat ../stderr; fail "no '$word' in the message: $*"; }
    done <<<"$words|"
}

outputs=(--out runs/new --json results/run.json --export-npy parameters --export-logits logits/test.npy)
usage() { # usage WORDS ARGUMENT...
    refused 2 "$fixed" "$1" --data "$optdigits" --epochs 1 "${outputs[@]}" "${@:2}"
}
wrong() { # wrong PROGRAM WORDS ARGUMENT...: with optdigits
    refused 1 "$1" "$2" --data "$optdigits" "${outputs[@]}" "${@:3}"
}

# ---- flags -----------------------------------------------------------------------------------------------------------

usage '--frobnicate|not expected|--help' --frobnicate
usage 'stray|not expected' stray
usage "--recipe|nonsense|expected|reference" --recipe nonsense
for flag in --batch --hidden; do
    for number in 0 -4 1000001 1.5 1e3 0x10 +3 '' many 99999999999999999999; do
        usage "$flag: '$number', expected an integer from 1 to 1000000" $flag "$number"
    done
done
for flag in --rank-w --rank-u --max-steps; do
    usage "$flag: '-1', expected an integer from 0 to 1000000" $flag -1
done
refused 2 "$fixed" "--epochs: '-1', expected an integer from 0 to 1000000" --data "$optdigits" --epochs -1
usage "--save-every: '-1', expected an integer from 0 to 1000000" --save-every -1
for number in 0 -1 nan inf 1e-13 1001 0.1x 0,1 ''; do
    usage "--lr: '$number', expected a number from 1e-12 to 1000" --lr "$number"
done
for number in x -1 1.5 18446744073709551616 ''; do
    usage "--seed: '$number', expected an integer from 0 to 18446744073709551615" --seed "$number"
done
refused 2 "$float" "--distributions: expected --out DIR" --data "$optdigits" --epochs 1 --distributions
for number in 0 -1 1025 two; do
    usage "--threads: '$number', expected an integer from 1 to 1024" --threads "$number"
done
for number in 0 -1 101 1.5 two; do
    usage "--layers: '$number', expected an integer from 1 to 100" --layers "$number"
done
for name in rnn LSTM '' 'gru '; do
    usage "--model: '$name', expected lstm, gru or mlp" --model "$name"
done
usage '--rank-w 4: not with --model mlp, expected --model lstm or gru' --model mlp --rank-w 4
usage '--rank-u 1: not with --model mlp, expected --model lstm or gru' --model mlp --rank-u 1
usage '--bidirectional: not with --model mlp, expected --model lstm or gru' --model mlp --bidirectional
usage '--epochs|2' --epochs 2 # given twice
usage '--lr|required' --lr
usage '--init and --resume exclude each other' --init some --resume other
usage "--batch: 'a b', expected" --batch $'a\nb'
usage "--batch: 'a [31mb', expected" --batch $'a\e[31mb'
recipe() { # recipe WORDS JSON
    printf '%s' "$2" >recipe.json
    usage "$1" --recipe recipe.json
}
recipe '--recipe q?16: no such recipe' '{"recipe": "q\n16", "formats": {}}'
recipe "format 'weight?=16.12', expected ROLE=" '{"recipe": "q16", "formats": {"weight\u007f": "16.12"}}'
printf '{"recipe": "q16\xff\n' >recipe.json
refused 1 "$fixed" 'recipe.json: not a recipe file|expected {"recipe": NAME' --data "$optdigits" --recipe recipe.json

# ---- configuration files ---------------------------------------------------------------------------------------------

config() { printf '%b' "$1" >config.ini; }
config 'epochs = 1\nfrobnicate = 3\n'
usage '--config config.ini|frobnicate|expected' --config config.ini
config '[section]\nepochs = 1\n'
usage '--config config.ini|section|expected' --config config.ini
config 'batch = none\n'
usage "--batch: 'none', expected an integer from 1" --config config.ini
config 'batch\n'
usage "--batch|expected an integer from 1" --config config.ini
usage 'absent.ini|not readable' --config absent.ini

# ---- data ------------------------------------------------------------------------------------------------------------

data() { # data PROGRAM WORDS FOLDER
    refused 1 "$1" "$2" --data "$3" --epochs 1 "${outputs[@]}"
}
data "$fixed" 'absent|expected a folder' absent
data "$float" 'absent|expected a folder' absent
mkdir empty
data "$fixed" 'empty: no data set|expected usps and usps.t|digits.csv' empty
printf 'text\n' >file
data "$fixed" 'file: not a folder|expected a folder' file

mkdir usps
good='1 1:-1 2:0.25 256:1\n10 17:0.5\n3\n'
line() { # line WORDS LINE [PROGRAM]: as the second of three lines
    printf "$good" >usps/usps
    printf '1 1:0.5\n%b\n2 2:-0.5\n' "$2" >usps/usps.t
    data "${3:-$fixed}" "usps/usps.t:2: |$1" usps
}
printf "$good" >usps/usps
data "$fixed" 'usps: the folder has usps, expected also usps.t' usps
: >usps/usps.t
data "$fixed" 'usps/usps.t: the file is empty, expected data' usps
printf ' \n\n' >usps/usps.t
data "$fixed" 'usps/usps.t: the file holds only blanks' usps
rm usps/usps.t && mkdir usps/usps.t
data "$fixed" 'cannot read usps/usps.t|directory' usps
rmdir usps/usps.t
printf 'BZh9' >usps/usps.t
data "$fixed" 'usps/usps.t|bzip2' usps
line "label '0', expected an integer from 1 to 10" '0 1:0.5'
line "label '11', expected an integer from 1 to 10" '11 1:0.5'
line "label '1.5', expected an integer" '1.5 1:0.5'
line "label '-1', expected an integer" '-1 1:0.5'
line "label 'nan', expected an integer" 'nan 1:0.5' "$float"
line "label '1:0.5', expected an integer" '1:0.5 2:0.5'
line "feature index in '0:0.5', expected 1 to 256" '1 0:0.5'
line "feature index in '257:0.5', expected 1 to 256" '1 257:0.5'
line "'-1:0.5' after the label, expected index:value" '1 -1:0.5'
line "feature index in '3:0.5' follows 4, expected increasing" '1 4:0.5 3:0.5'
line "feature index in '4:0.5' follows 4, expected increasing" '1 4:0.5 4:0.5' "$float"
for number in nan -nan inf -inf 1e999 1.5 -2 0,5 x '' 0.5x; do
    line "value in '7:$number', expected a number from -1 to 1" "1 1:0.5 7:$number"
done
line "'garbage' after the label, expected index:value" '1 garbage'
line "label '<html>', expected an integer" '<html>'
line "label '????[2J', expected" '\x01\x02\xff\x1b[2J'
line 'empty, expected a sample' ''
for tail in '2 1:0.5 2:' '2 1:0.5 2' '2 1:0.5 25:-'; do # a file that was cut off
    printf "$good" >usps/usps
    printf '1 1:0.5\n2 3:0.5\n%s' "$tail" >usps/usps.t
    data "$fixed" "usps/usps.t:3: |'${tail##* }'|expected" usps
done

mkdir csv
digits() { # digits WORDS SED-SCRIPT: the fourth sample of ten
    head -10 "$optdigits/digits.csv" | sed "$2" >csv/digits.csv
    data "$fixed" "csv/digits.csv:$1" csv
}
digits "4: label '10', expected an integer from 0 to 9" '4s/,3$/,10/'
digits "4: pixel 1 is '17', expected an integer from 0 to 16" '4s/^0/17/'
digits "4: pixel 1 is '1.5', expected an integer" '4s/^0/1.5/'
digits "4: 64 values, expected 64 pixels and a label" '4s/,3$//'
digits "4: more than 65 values, expected 64 pixels and a label" '4s/$/,1/'
digits "10: |expected" '10s/^\(.\{40\}\).*/\1/'
head -4 "$optdigits/digits.csv" >csv/digits.csv
data "$fixed" 'csv/digits.csv: 4 samples, expected at least 5' csv

# ---- --init ----------------------------------------------------------------------------------------------------------

for twin in fixed float; do
    "${!twin}" --data "$optdigits" --recipe reference --epochs 2 --max-steps 15 --out $twin --export-npy $twin.npy --quiet
done
init() { # init WORDS COMMAND...: of a copy that COMMAND changed
    rm -rf copy && cp -r fixed.npy copy
    (cd copy && "${@:2}")
    wrong "$fixed" "$1" --init copy --epochs 1
}
init 'copy/Uo.npy|No such file' rm Uo.npy
init "copy/Wf.npy: values of type '<f4', expected '<i4'" cp ../float.npy/Wf.npy Wf.npy
init 'copy/bc.npy: shape (10, 4), expected (10, 1)' cp Wf.npy bc.npy
init 'copy/Wl.npy|not a NumPy array, expected' poke Wl.npy 0 'X'
init 'copy/Wl.npy|version 9.0|expected version 1.0' poke Wl.npy 6 '\x09'
init 'copy/Wl.npy|header size|expected' poke Wl.npy 8 '\xff\xff'
init 'copy/Wl.npy|header|expected' poke Wl.npy 10 '('
init 'copy/Wl.npy: 399 bytes of values, expected 400' truncate -s -1 Wl.npy
init 'copy/Wl.npy|not a NumPy array, expected' truncate -s 0 Wl.npy
init 'copy/Wi.npy: raw value -2147483648, expected -2147483647 to 2147483647' poke Wi.npy 128 '\0\0\0\x80'
wrong "$fixed" 'cannot read absent|No such file' --init absent
wrong "$fixed" "copy/Wr.npy: shape (4, 8), expected (2, 8)" --init copy --rank-w 2
wrong "$fixed" "empty/Wr.npy|No such file" --init empty
wrong "$fixed" "format F32 stored as F32, expected 8.24 stored as I32" --init float/checkpoint.safetensors
wrong "$float" "fixed.npy/Wr.npy: values of type '<i4', expected '<f4'" --init fixed.npy
rm -rf copy && cp -r float.npy copy && poke copy/bi.npy 128 '\0\0\xc0\x7f'
wrong "$float" 'copy/bi.npy: value nan, expected a finite number' --init copy

# ---- --resume --------------------------------------------------------------------------------------------------------

resume() { # resume WORDS [ARGUMENT...]: of the file `bad`
    wrong "$fixed" "bad: |$1" --epochs 2 --resume bad "${@:2}"
}
good=fixed/checkpoint.safetensors
size=$(stat -c %s $good)
header=$((8 + $(od -An -N8 -tu8 $good)))
wrong "$fixed" 'cannot read absent|No such file' --resume absent
wrong "$fixed" 'cannot read empty|directory' --resume empty
places=(0 5 7 8 9 20 200 "$((header / 2))" "$((header - 200))")
places+=("$header" "$((header + 1))" "$(((header + size) / 2))" "$((size - 1))")
for at in "${places[@]}"; do
    for bit in 1 128; do
        cp $good bad
        poke bad "$at" "\\x$(printf %02x $(($(od -An -j"$at" -N1 -tu1 bad) ^ bit)))"
        resume "$([[ $at == 20 ]] || printf damaged)"
    done
done
for bytes in 0 4 7 8 100 $((header - 1)) $header $((header + 1)) $((size - 1)); do
    head -c "$bytes" $good >bad
    resume ''
done
cp $good bad && printf 'x' >>bad && resume 'damaged|SHA-256'
printf 'just some text, longer than eight bytes\n' >bad
resume 'header size|expected'
cp fixed/test_logits.npy bad
resume 'damaged'
wrong "$fixed" 'float/checkpoint.safetensors: a checkpoint of float arithmetic, expected fixed' \
    --resume float/checkpoint.safetensors
wrong "$float" "fixed/checkpoint.safetensors: a checkpoint of fixed arithmetic, expected float" --resume $good
for contradiction in 'hidden 12' 'rank-w 3' 'rank-u 1' 'layers 2' 'batch 64' 'seed 1' 'lr 0.5'; do
    read -r flag number <<<"$contradiction"
    wrong "$fixed" "$good: the checkpoint was made with --$flag |the command line says $number" \
        --resume $good --"$flag" "$number"
done
wrong "$fixed" 'the checkpoint was made with --model "lstm", the command line says "gru"' --resume $good --model gru
wrong "$fixed" "the checkpoint was made with --bidirectional false" --resume $good --bidirectional
wrong "$fixed" "the checkpoint was made with --shifts false" --resume $good --shifts
wrong "$fixed" "the checkpoint was made with --no-shuffle" --resume $good --no-shuffle
printf '1 1:-1\n' | tee usps/usps >usps/usps.t
refused 1 "$fixed" "$good: the checkpoint was made on optdigits|usps holds USPS10" \
    --data usps --resume $good "${outputs[@]}"

# A float run that diverged is finished and written, says so, and is not resumed.
rm -rf copy && cp -r float.npy copy && poke copy/Wl.npy 128 '\xff\xff\x7f\x7f\xff\xff\x7f\x7f'
must_fail "lstm_usps10_float: the training diverged: the test loss is nan, expected a finite number" \
    "$float" --data "$optdigits" --recipe reference --epochs 1 --init copy --out diverged --quiet
wrong "$float" "diverged/checkpoint.safetensors: tensor|value|nan, expected a finite number" \
    --resume diverged/checkpoint.safetensors

# Files with another content and no digests, which nothing but the checks of the program stops.
LC_ALL=C sed 's/data_sha256/data_sha25x/; s/header_sha256/header_sha25x/' $good >unsigned
edited() { # edited WORDS FROM TO: of equal length, without the backslashes before the quotes of the metadata
    [[ ${#2} == "${#3}" ]] || fail "'$2' and '$3' differ in length"
    LC_ALL=C sed "s/${2//\"/\\\\\"}/${3//\"/\\\\\"}/" unsigned >bad
    ! cmp -s unsigned bad || fail "the checkpoint has no $2"
    resume "$1"
}
renamed() { # renamed WORDS FROM TO: in the header itself
    LC_ALL=C sed "s/$2/$3/" unsigned >bad
    ! cmp -s unsigned bad || fail "the checkpoint has no $2"
    resume "$1"
}
cp unsigned bad
must_pass "$fixed" --data "$optdigits" --epochs 2 --resume bad --quiet
renamed "no tensor 'Wr'" '"Wr":{' '"Wx":{'
renamed "no tensor 'adam.m.bf'" '"adam.m.bf":{' '"adam.m.bg":{'
renamed "tensor 'Wr': format 4.28 stored as I32, expected 8.24" '"format.Wr":"8.24"' '"format.Wr":"4.28"'
renamed "tensor 'Wr': format 8.24 stored as F32, expected 8.24 stored as I32" \
    '"Wr":{"dtype":"I32"' '"Wr":{"dtype":"F32"'
renamed "tensor 'Wr': shape (8, 4), expected (4, 8)" \
    '"Wr":{"dtype":"I32","shape":\[4,8\]' '"Wr":{"dtype":"I32","shape":[8,4]'
renamed "no metadata 'run', expected a checkpoint" '"run":' '"rux":'
edited "damaged metadata 'run': run.arithmetic is missing" '"arithmetic":' '"arithmetix":'
edited "damaged metadata 'run'|settings|expected" '"hidden":10' '"hidden":-1'
edited "damaged metadata 'run'|settings|expected" '"hidden":10' '"hidden": 0'
edited "damaged metadata 'run'|settings|expected" '"model":"lstm"' '"model":"lstx"'
edited "damaged metadata 'run'|settings|expected" '"model":"lstm"' '"model":"mlp" '
edited "damaged metadata 'run'|settings|expected" '"layers":1' '"layers":0'
edited "no tensor 'l1.Wr'" '"layers":1' '"layers":2'
edited "tensor 'Wf': shape (10, 4), expected (99, 4)" '"hidden":10' '"hidden":99'
edited "damaged metadata 'run'|settings|expected" '"batch":128' '"batch":  0'
edited "damaged metadata 'run'|settings|expected" '"learning_rate":0.01' '"learning_rate":0.00'
edited "damaged metadata 'run'|step 15 after 1 epochs and 9 batches, expected epochs of 12" '"batch":3,' '"batch":9,'
edited "damaged metadata 'run': run.progress.step is missing or of another kind, expected" '"step":15' '"step":-1'
edited "damaged metadata 'run': run.settings.batch is missing or of another kind" '"batch":128' '"batch":1e9'
edited "the checkpoint was made with --recipe referencx, expected q16" \
    '"recipe":"reference"' '"recipe":"referencx"'

# ---- outputs ---------------------------------------------------------------------------------------------------------

output() { # output WORDS ARGUMENT...
    refused 1 "$fixed" "$1" --data "$optdigits" --epochs 1 "${@:2}"
}
output 'cannot write into file/run|file is not a folder' --out file/run
output 'cannot write into file|is not a folder' --out file
output 'cannot write into file/a/b|file is not a folder' --out runs/new --json file/a/b/run.json
output 'cannot write usps: not a regular file' --out runs/new --json usps
output 'cannot write /dev/null: not a regular file' --out runs/new --json /dev/null
output 'cannot write usps: not a regular file' --out runs/new --export-logits usps
output 'cannot write into file/npy|file is not a folder' --out runs/new --export-npy file/npy
refused 1 "$float" 'cannot write into file/run|file is not a folder' --data "$optdigits" --epochs 1 --out file/run

# What was printed and lost is an error, too.
lost() { # lost ARGUMENT...
    local got=0
    "$fixed" "$@" >/dev/full 2>../stderr || got=$?
    [[ $got == 1 && $(wc -l <../stderr) == 1 && $(<../stderr) == 'lstm_usps10: cannot write to standard output: '* ]] ||
        { cat ../stderr; fail "exit code $got, expected 1 and one line on stderr: $* >/dev/full"; }
}
lost --help
lost --data "$optdigits" --epochs 0

# ---- help ------------------------------------------------------------------------------------------------------------

promise='Equal flags give equal parameters on every machine'
"$fixed" --help >../stdout || fail "--help fails"
grep -qF "$promise" ../stdout || fail "--help of the fixed-point program does not promise equal parameters"
for shown in 'only evaluates \[30\]' 'short \[128\]' 'lstm, gru or mlp \[lstm\]' \
    'hidden values of a layer \[10\]' 'at its highest \[0.02\]' 'seconds between checkpoints' \
    'The checkpoint is written when training starts, every 10 seconds'; do
    tr -s '[:space:]' ' ' <../stdout | grep -q "$shown" || fail "--help does not show '$shown'"
done
"$float" --help >../stdout || fail "--help of the float twin fails"
! grep -qF "$promise" ../stdout || fail "--help of the float twin promises equal parameters"

# ---- what works ------------------------------------------------------------------------------------------------------

run=("$fixed" --data "$optdigits" --quiet)
must_pass "${run[@]}" --epochs 1 "${outputs[@]}"
[[ -f runs/new/run.json && -f results/run.json && -f parameters/Wr.npy && -f logits/test.npy ]] || fail "no outputs"
must_pass "${run[@]}" --epochs 1 "${outputs[@]}" # over the old ones
[[ -z $(find . -name '*.tmp*') ]] || fail "half-written files"

config '# a comment\nepochs = 1\nno-shuffle = true\nhidden = 3\nlr = 0.5\nseed = 18446744073709551615\n'
must_pass "${run[@]}" --config config.ini --json config.json --hidden 4
[[ $(value config.json epochs),$(value config.json shuffle),$(value config.json learning_rate),$(value config.json \
    seed) == 1,false,0.5,18446744073709551615 ]] || fail "the configuration file was not obeyed"
[[ $(value config.json hidden) == 4 ]] || fail "a flag does not go before the configuration file"
must_pass "${run[@]}" --epochs 1 --hidden 010 --json octal.json
[[ $(value octal.json hidden) == 10 ]] || fail "--hidden 010 is not 10"

# CRLF, blanks at line ends, and no end of the last line change nothing.
same_result() { # same_result FOLDER FOLDER
    for folder in "$@"; do must_pass "$fixed" --data "$folder" --epochs 2 --batch 4 --quiet --json "$folder.json"; done
    [[ $(value "$1.json" parameters_sha256) == "$(value "$2.json" parameters_sha256)" ]] || fail "$2 is not read as $1"
}
mkdir usps.crlf csv.crlf
for ((i = 1; i <= 20; ++i)); do printf '%d %d:0.%d 200:-0.5\n' $((1 + i % 10)) $i $i; done >usps/usps
head -7 usps/usps >usps/usps.t
sed 's/$/\r/' usps/usps >usps.crlf/usps
printf %s "$(sed 's/$/ \t\r/' usps/usps.t)" >usps.crlf/usps.t
same_result usps usps.crlf
head -50 "$optdigits/digits.csv" >csv/digits.csv
sed 's/$/\r/' csv/digits.csv >csv.crlf/digits.csv
same_result csv csv.crlf
