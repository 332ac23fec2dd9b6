/*
 * Between lab.c and lab_judge.c: the sections of a lab file that say how it is judged.
 */
#ifndef LECTERN_LAB_LAB_INSIDE_H
#define LECTERN_LAB_LAB_INSIDE_H

#include "base/yaml.h"
#include "lab/lab.h"

/* goal, feedback, compare, weights, views, functions, extra, given and content.beyond. */
bool lab_read_judgement(const struct yaml_document *document, struct lab *lab, struct error *err);
/* A map of kinds to weights; `node` may be NULL. */
bool lab_read_weights(const struct yaml_document *document, const struct yaml_node *node,
                      struct kind_weights *ret_weights, struct error *err);
/* Commented lines for the template, one per rule. */
void lab_print_rules(struct strbuf *out);

#endif
