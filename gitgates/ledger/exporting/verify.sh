#!/bin/sh
# Verifies this audit bundle with git, ssh-keygen and what every POSIX system has besides. README.md tells about it.
#
#     sh verify.sh ROOT
#
# ROOT is the id of the ledger's first policy record, as somebody else than the maker of this bundle told it to you.
# Exit code: 0 all is good, 1 there are problems, 2 it could not be verified.

set -u
LC_ALL=C; export LC_ALL
GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null; export GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL
unset CDPATH GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE GIT_OBJECT_DIRECTORY GIT_ALTERNATE_OBJECT_DIRECTORIES \
    GIT_NAMESPACE GIT_CONFIG GIT_CONFIG_COUNT GIT_CONFIG_PARAMETERS GIT_SHALLOW_FILE

shown() { printf '%s\n' "$1" | tr -cd '[:print:]\n'; }                # text of the bundle: no control characters
problem() { shown "PROBLEM: $1" >&2; echo x >> "$WORK/problems"; }
problems() { while read -r text; do problem "$text"; done < "$1"; }   # problems FILE: each of its lines
fail() { echo "verify.sh: $1" >&2; exit 2; }
is_id() { case $1 in *[!0-9a-f]*) return 1 ;; esac; [ "${#1}" = 64 ]; }

case $0 in */*) cd -- "${0%/*}" || exit 2 ;; esac
for tool in git ssh-keygen awk cat cmp cp find grep head mkdir mktemp od rm sed sort tr wc; do
    command -v "$tool" > /dev/null || fail "there is no $tool here"
done
if command -v sha256sum > /dev/null; then sum=sha256sum
elif command -v shasum > /dev/null; then sum='shasum -a 256'
elif command -v openssl > /dev/null; then sum='openssl dgst -sha256 -r'
else fail "there is no sha256sum, shasum or openssl here"
fi
[ -f SHA256SUMS ] && [ -f root ] && [ -d records ] || fail "this folder is no audit bundle: a part of it is missing"
[ $# -le 1 ] || fail "it takes one argument: sh verify.sh ROOT"
here=$(head -n 1 root | tr -cd '0-9a-f')
ROOT=${1-$here}
is_id "$ROOT" || fail "expected 64 digits of 0-9 and a-f as root: sh verify.sh ROOT"
tab=$(printf '\t')
WORK=$(mktemp -d) || exit 2
trap 'rm -rf "$WORK"' EXIT
trap 'exit 2' HUP INT TERM
: > "$WORK/problems"
mkdir "$WORK/taken" "$WORK/waiting" "$WORK/refused" "$WORK/extra"

# --- 1. The files are those of SHA256SUMS, no more and no fewer ------------------------------------------------------

find . ! -type d ! -type f > "$WORK/odd"
while read -r path; do problem "${path#./}: it is no plain file"; done < "$WORK/odd"
# shellcheck disable=SC2086 # the program and its arguments
find . -type f ! -path ./SHA256SUMS -exec $sum {} + | sed 's/^\([0-9a-f]*\) [ *]\.\//\1  /' > "$WORK/sums"
awk '
    { path = substr($0, 67) }
    FILENAME == "SHA256SUMS" { wanted[path] = substr($0, 1, 64); next }
    { there[path] = 1 }
    !(path in wanted) { print path ": it is not in SHA256SUMS"; next }
    wanted[path] != substr($0, 1, 64) { print path ": its bytes are not those that SHA256SUMS tells" }
    END { for (path in wanted) if (!(path in there)) print path ": SHA256SUMS tells of it, and it is not here" }
' SHA256SUMS "$WORK/sums" | sort > "$WORK/found"
problems "$WORK/found"

if [ "$ROOT" != "$here" ]; then
    problem "root: this bundle is of the ledger $here, not of $ROOT"
    exit 1
fi

# --- 2. What the records say -----------------------------------------------------------------------------------------

# A record is JSON in one spelling: its own keys stand at the start of a line, with two spaces before them.
cat > "$WORK/describe.awk" <<'DESCRIBE'
function text(line) { sub(/^ *"[a-z_]*": "/, "", line); sub(/",?$/, "", line); return line }
function plain(coded,    out, at) {
    while ((at = index(coded, "\\")) > 0) {
        out = out substr(coded, 1, at - 1) substr(coded, at + 1, 1)
        coded = substr(coded, at + 2)
    }
    return out coded
}
function tell(    stamp, i) {
    if (file == "") return
    stamp = own["created"]
    sub(/\.[0-9]*Z$/, "Z", stamp); gsub(/[-:]/, "", stamp)
    print "record\t" file "\t=" own["author"] "\t=" own["kind"] "\t=" stamp "\t=" plain(own["model"]) \
        "\t=" plain(own["version"]) "\t=" own["policy"] "\t=" own["ledger"] "\t=" own["endorses"]
    for (i = 1; i <= count; i++)
        print "parent\t" parents[i] "\t" file "\t" (parents[i] == before && from != own["version"] ? "elsewhere" : "-")
    for (i = 1; i <= gone; i++) print "annulled\t" annulled[i] "\t" file
    if (own["seal"] != "") print "seal\t" own["seal"] "\t" file
    if (quorum != "") print "quorum\t" quorum "\t" file
    for (i = 1; i <= admins; i++) print "admin\t" admin[i] "\t" file
}
FNR == 1 {
    tell()
    file = FILENAME
    for (key in own) delete own[key]
    list = section = quorum = before = from = ""
    inside = count = gone = admins = 0
}
/^  "(author|kind|created|model|version|policy|ledger|endorses|seal)": "/ {
    key = $1
    gsub(/[":]/, "", key)
    if (!(key in own)) own[key] = text($0)
}
/[\001-\037]/ { own["author"] = "" }        # never in a record: there they are escaped
/^  "/ { list = $1; section = ""; inside = $1 == "\"previous\":" }
list == "\"parents\":" && /^    "/ { gsub(/[^0-9a-f]/, ""); parents[++count] = $0 }
list == "\"annuls\":" && /^    "/ { gsub(/[^0-9a-f]/, ""); annulled[++gone] = $0 }
list == "\"parsed\":" && /^    "/ { section = $1 }
section == "\"admin_quorum\":" { quorum = $2; gsub(/[^0-9]/, "", quorum) }
section == "\"members\":" && /^        "principal": "/ { member = text($0) }
section == "\"members\":" && /^          "admin"/ { admin[++admins] = member }
inside && /^    "version": "/ { from = text($0) }
inside && /^    "id": "/ { before = text($0) }
END { tell() }
DESCRIBE
find records -type f -name '*.json' -exec awk -f "$WORK/describe.awk" {} + > "$WORK/described"
rows() {                                    # rows SUMS DESCRIBED: digest, file and content of each record, by file
    awk -F '\t' '
        NR == FNR { digest[substr($0, 67)] = substr($0, 1, 64); next }
        $1 == "record" { sub(/^record\t/, ""); print digest[$1] "\t" $0 }
    ' "$1" "$2" | sort -k 2
}
rows "$WORK/sums" "$WORK/described" > "$WORK/rows"

# --- 3. What makes a record good -------------------------------------------------------------------------------------

encode() {                                  # a name, as it is spelled in a path
    printf '%s' "$1" | od -An -v -tx1 | tr -s ' ' '\n' | awk '
        BEGIN {
            for (i = 33; i < 127; i++) {
                mark = sprintf("%c", i)
                if (mark ~ /[A-Za-z0-9._-]/) plain[sprintf("%02x", i)] = mark
            }
        }
        /./ { printf "%s", ($1 in plain) ? plain[$1] : "%" toupper($1) }'
}
spell() { case $1 in *[!A-Za-z0-9._-]*) SPELLED=$(encode "$1") ;; *) SPELLED=$1 ;; esac; }
good() {                                    # good SIGNERS: is the record in $file, with the path $path? Else WHY not
    WHY="it or its signature is not here"
    [ -f "$file" ] && [ -f "$file.sig" ] || return 1
    case $kind in
        policy | endorsement) place=policy ;;
        *) spell "$model"; place=models/$SPELLED; spell "$version"; place=$place/$SPELLED ;;
    esac
    place="records/$place/$stamp-$kind-$digest.json"
    case $path in
        *-"$digest.json") WHY="it belongs at $place" ;;
        *) WHY="its bytes have the id $digest, not the one in its name" ;;
    esac
    [ "$path" = "$place" ] || return 1
    WHY="it belongs to another ledger"
    if [ "$digest" = "$ROOT" ]; then [ -z "$ledger" ] || return 1; else [ "$ledger" = "$ROOT" ] || return 1; fi
    WHY="its author is none"
    case $author in '' | *[!a-z0-9._+@-]*) return 1 ;; esac
    WHY="not signed by $author with a key that policy ${policy:-before it} lists for this name"
    ssh-keygen -Y verify -f "$1" -I "$author" -n gitgates -s "$file.sig" < "$file" > /dev/null 2>&1
}
row() {                                     # reads one row of stdin into variables
    IFS=$tab read -r digest file author kind stamp model version policy ledger endorses || return 1
    author=${author#=} kind=${kind#=} stamp=${stamp#=} model=${model#=} version=${version#=}
    policy=${policy#=} ledger=${ledger#=} endorses=${endorses#=} path=$file
}
signers() {                                 # the "allowed_signers" of $file, into $WORK/own
    sed -n 's/^  "allowed_signers": "\(.*\)",\{0,1\}$/\1/p' "$file" | head -n 1 | awk '{
        while ((at = index($0, "\\")) > 0) {
            printf "%s", substr($0, 1, at - 1)
            mark = substr($0, at + 1, 1)
            if (mark == "n") printf "\n"
            else if (mark == "\"" || mark == "\\") printf "%s", mark
            else exit
            $0 = substr($0, at + 2)
        }
        printf "%s", $0
    }' > "$WORK/own"
    # Another option, a pattern or a list of names could let a key sign for others.
    line='[a-z0-9._+@-]+ namespaces="gitgates" [a-z0-9@.-]+ [A-Za-z0-9+/]+=*( .*)?'
    ! grep -v -E "^\$|^#|^$line\$" "$WORK/own" > /dev/null
}
policy_is_good() {                          # may $file be a policy? Else WHY not
    WHY="it lists signers in a way that the format does not allow"
    signers || return 1
    if [ "$digest" = "$ROOT" ]; then good "$WORK/own"; else good "$WORK/signers"; fi
}
supporters() {                              # who signed or endorsed the policy in $file
    echo "$author"
    cat "$WORK/signers" "$WORK/own" > "$WORK/both"
    awk -F '\t' -v policy="=$digest" '$10 == policy' "$WORK/rows" > "$WORK/endorsements"
    while row; do ! good "$WORK/both" || echo "$author"; done < "$WORK/endorsements"
}
accepted() {                                # is $file signed by as many admins as it and those that it follows ask for?
    (supporters) | sort -u > "$WORK/supporters"
    awk -F '\t' -v file="$file" -v own="$digest" -v root="$ROOT" '
        FILENAME ~ /\/supporters$/ { supports[$1] = 1; next }
        FILENAME ~ /\/accepted$/ { is_accepted[$1] = 1; next }
        FILENAME ~ /\/rows$/ { id[$2] = $1; next }
        $1 == "parent" && $3 == file { asked[$2] = 1 }
        $1 == "quorum" { quorum[id[$3]] = own == root ? 1 : $2 + 0 }
        $1 == "admin" && ($2 in supports) { admins[id[$3]]++ }
        END {
            asked[own] = is_accepted[own] = 1
            for (one in asked)
                if (!(one in is_accepted) || quorum[one] < 1 || admins[one] < quorum[one]) exit 1
        }
    ' "$WORK/supporters" "$WORK/accepted" "$WORK/rows" "$WORK/described" || return 1
    awk '                                   # a key belongs to one name for ever
        /^#/ || /^$/ { next }
        { key = $3 " " $4 }
        key in holder && holder[key] != $1 { exit 1 }
        { holder[key] = $1 }
    ' "$WORK/signers" "$WORK/own"
}
take() {                                    # the policy in $file counts from here on
    cp "$WORK/own" "$WORK/taken/$digest"
    cat "$WORK/own" >> "$WORK/signers"
    echo "$digest" >> "$WORK/accepted"
    echo "$digest $path" >> "$WORK/good"
    by=$(awk '{ printf "%s%s", sep, $0; sep = ", " }' "$WORK/supporters")
    shown "accepted: policy $digest, of $stamp, by $by"
}
put_off() {                                 # the policy in $file is well signed, and not accepted
    state=refused
    awk -F '\t' '
        FILENAME ~ /\/accepted$/ { is_accepted[$1] = 1; next }
        FILENAME ~ /\/rows$/ { id[$2] = $1; next }
        $1 == "admin" && (id[$3] in is_accepted) { print $2 }
    ' "$WORK/accepted" "$WORK/rows" "$WORK/described" > "$WORK/admins"
    ! grep -q -x -F -e "$author" "$WORK/admins" || state=waiting
    [ "$state" = refused ] || echo "$digest $path" >> "$WORK/good"
    cp "$WORK/own" "$WORK/$state/$digest"
    shown "not accepted: policy $digest, of $stamp, by $author"
}
judge() {                                   # is the record in $file good, of whatever kind? Else WHY not
    case $kind in
        policy) policy_is_good ;;
        endorsement) good "$WORK/signers" ;;
        *)
            WHY="the policy that it names is not here: $policy"
            is_id "$policy" || return 1
            [ ! -f "$WORK/waiting/$policy" ] || WHY="the policy that it names lacks signatures: $policy"
            [ -f "$WORK/taken/$policy" ] && good "$WORK/taken/$policy" ;;
    esac
}

# --- 4. The policies, from the root on -------------------------------------------------------------------------------

: > "$WORK/signers"
: > "$WORK/accepted"
: > "$WORK/good"
awk -F '\t' '$4 == "=policy"' "$WORK/rows" > "$WORK/policies"
awk -F '\t' -v root="$ROOT" '$1 == root' "$WORK/policies" > "$WORK/first"
if [ ! -s "$WORK/first" ]; then
    problem "root: the policy $ROOT, which is the root, is not here"
elif row < "$WORK/first" && policy_is_good && { WHY="its author is no admin"; accepted; }; then
    take
else
    problem "$path: $WHY"
fi
added=yes
while [ "$added" = yes ]; do
    added=no
    while row; do
        if [ ! -f "$WORK/taken/$digest" ] && [ "$digest" != "$ROOT" ] && policy_is_good && accepted; then
            take
            added=yes
        fi
    done < "$WORK/policies"
done
while row; do
    if [ ! -f "$WORK/taken/$digest" ] && [ "$digest" != "$ROOT" ]; then
        if policy_is_good; then put_off; else problem "$path: $WHY"; fi
    fi
    signers
    cmp -s "$WORK/own" "signers/$digest" || problem "signers/$digest: it is not the list inside that policy"
done < "$WORK/policies"
awk '{ print $1 }' "$WORK/policies" > "$WORK/ids"
for path in signers/*; do
    grep -q -x -F -e "${path#signers/}" "$WORK/ids" || problem "$path: no policy here lists these"
done

# --- 5. Every record, every signature, every seal --------------------------------------------------------------------

idle=0
awk -F '\t' '$4 != "=policy"' "$WORK/rows" > "$WORK/others"
while row; do
    if judge; then
        echo "$digest $path" >> "$WORK/good"
    elif is_id "$policy" && [ -f "$WORK/refused/$policy" ] && good "$WORK/refused/$policy"; then
        idle=$((idle + 1))
    else
        problem "$path: $WHY"
    fi
done < "$WORK/others"
awk '
    { path = substr($0, 67) }
    NR == FNR { there[path] = 1; next }
    path !~ /^records\// { next }
    path ~ /\.json$/ { next }
    path ~ /\.json\.sig$/ {
        if (!(substr(path, 1, length(path) - 4) in there)) print path ": it is a signature of nothing"
        next
    }
    path ~ /\.seal$/ {
        digest = substr($0, 1, 64)
        if (path != "records/policy/" digest ".seal") print path ": its bytes have the digest " digest
        next
    }
    { print path ": it is no record" }
' "$WORK/sums" "$WORK/sums" > "$WORK/found"
problems "$WORK/found"
awk -F '\t' '
    NR == FNR { sub(/^[0-9a-f]*  /, ""); if ($0 ~ /^records\/.*\.json$/) there[$0] = 1; next }
    { delete there[$2] }
    END { for (path in there) print path ": it is no record" }
' "$WORK/sums" "$WORK/rows" > "$WORK/found"
problems "$WORK/found"

# --- 6. Nothing that a record or a seal names is missing -------------------------------------------------------------

whole=yes
[ ! -f part ] || whole=no
: > "$WORK/heads"
[ "$whole" = no ] || find records/policy -type f -name '*.seal' -exec awk '
    { for (i = 2; i <= NF; i++) print "parent\t" $i "\t" FILENAME "\t-" }' {} + > "$WORK/heads"
awk -F '\t' -v whole="$whole" '
    FILENAME ~ /\/good$/ { split($0, part, " "); id[part[1]] = 1; is_good[part[2]] = 1; next }
    FILENAME ~ /\/sums$/ { path = substr($0, 67); if (path ~ /\.seal$/) seal[path] = 1; next }
    FILENAME ~ /\/described$/ && !($3 in is_good) { next }
    $1 == "annulled" { id[$2] = 1 }
    $1 == "seal" && !(("records/policy/" $2 ".seal") in seal) { print "missing: the seal " $2 ", which " $3 " names" }
    $1 == "parent" { named[++count] = $2; by[count] = $3; note[count] = $4 }
    END {
        for (i = 1; i <= count; i++)
            if (!(named[i] in id) && !(whole == "no" && note[i] == "elsewhere"))
                print "missing: the record " named[i] ", which " by[i] " names"
    }
' "$WORK/good" "$WORK/sums" "$WORK/described" "$WORK/heads" > "$WORK/found"
problems "$WORK/found"

# --- 7. The git history has the same ---------------------------------------------------------------------------------

others=0
history() {                                 # the ledger of the git bundle, file by file, into $WORK/list
    format=$(head -n 3 ledger.bundle | sed -n 's/^@object-format=//p')
    git init --quiet --bare --template= --object-format="${format:-sha1}" "$WORK/git" &&
        repository bundle verify --quiet "$(pwd)/ledger.bundle" > /dev/null 2>&1 &&
        repository fetch --quiet --no-tags "$(pwd)/ledger.bundle" '+refs/heads/*:refs/heads/*' > /dev/null 2>&1 ||
        return 1
    repository for-each-ref --format='%(objectname)' refs/heads > "$WORK/tips"
    while read -r tip; do
        repository ls-tree -r --full-tree "$tip" .quality-gates/policy .quality-gates/models || return 1
    done < "$WORK/tips" > "$WORK/list"
    [ -s "$WORK/list" ]
}
repository() { git --no-replace-objects --git-dir="$WORK/git" "$@"; }
compare() {
    find records -type f | sort > "$WORK/paths"
    repository hash-object --no-filters --stdin-paths < "$WORK/paths" > "$WORK/blobs"
    awk -F '\t' '
        FILENAME ~ /\/list$/ { split($1, part, " "); if (part[1] == "100644") has[$2, part[3]] = 1; next }
        FILENAME ~ /\/blobs$/ { blob[++count] = $0; next }
        { stored = ".quality-gates/" substr($0, 9) }
        !((stored, blob[++at]) in has) { print $0 ": ledger.bundle does not have it so" }
    ' "$WORK/list" "$WORK/blobs" "$WORK/paths" > "$WORK/found"
    problems "$WORK/found"
}
blob() { awk -F '\t' -v path="$1" '$2 == path { split($1, part, " "); print part[3]; exit }' "$WORK/list"; }
extract() {                                 # what git has beside the records, as $WORK/extra/NUMBER.json
    awk -F '\t' '
        NR == FNR { there[".quality-gates/" substr($0, 9)] = 1; next }
        $2 ~ /\.json$/ && $2 !~ /\/model\.json$/ && $1 ~ /^100644 blob / && !($2 in there) { print $2 }
    ' "$WORK/paths" "$WORK/list" > "$WORK/unknown"
    while read -r path; do
        others=$((others + 1))
        repository cat-file blob "$(blob "$path")" > "$WORK/extra/$others.json"
        signature=$(blob "$path.sig")
        [ -z "$signature" ] || repository cat-file blob "$signature" > "$WORK/extra/$others.json.sig"
    done < "$WORK/unknown"
}
left_out() {                                # a record that git has must be among the records
    extract
    [ "$others" -gt 0 ] || return 0
    # shellcheck disable=SC2086
    find "$WORK/extra" -type f -name '*.json' -exec $sum {} + | sed 's/^\([0-9a-f]*\) [ *]/\1  /' > "$WORK/extra-sums"
    find "$WORK/extra" -type f -name '*.json' -exec awk -f "$WORK/describe.awk" {} + > "$WORK/extra-described"
    rows "$WORK/extra-sums" "$WORK/extra-described" > "$WORK/extra-rows"
    while row; do
        number=${file##*/}
        path=$(sed -n "${number%.json}p" "$WORK/unknown")
        path=records/${path#.quality-gates/}
        if judge; then
            problem "$path: ledger.bundle has this record, and it is not here"
            others=$((others - 1))
        fi
    done < "$WORK/extra-rows"
}
if [ ! -f ledger.bundle ]; then
    echo "There is no ledger.bundle, so the git history was not compared."
elif history; then
    compare
    left_out
else
    problem "ledger.bundle: git cannot read it"
fi

# --- The result ------------------------------------------------------------------------------------------------------

count=$(wc -l < "$WORK/good" | tr -d ' ')
[ "$others" = 0 ] || echo "ledger.bundle has $others other files where records lie: they count for nothing."
[ "$idle" = 0 ] || echo "$idle records name a policy by somebody who is no admin: they count for nothing."
[ "$whole" = yes ] || shown "This is a part of the ledger: $(head -n 1 part). What else there is, it does not tell."
if [ -s "$WORK/problems" ]; then
    echo "$count records are good; $(wc -l < "$WORK/problems" | tr -d ' ') problem(s), see above." >&2
    exit 1
fi
echo "All $count records are good. The root is $ROOT."
[ $# -gt 0 ] || echo "Ask somebody else than the maker of this bundle whether that is the root, or nothing is proved."
echo "Not checked: roles, revoked keys, and what may be deployed. README.md tells more."
