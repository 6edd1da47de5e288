#!/bin/sh
# Serve a version: the one to be deployed, or in a rollback the one that was live before it.
set -eu # a rollback without such a version ends here: GATES_TO_VERSION is not set then
case $GATES_ACTION in
deploy) version=$GATES_VERSION ;;
rollback) version=$GATES_TO_VERSION ;;
esac
cp "$version.joblib" serving.joblib
echo "$GATES_TARGET serves $version"
